using System.Text.Json;
using Pipeline.EsSink.Rendering;

namespace Pipeline.EsSink.Provisioning;

/// <summary>What is found of one of our templates in the cluster.</summary>
internal enum TemplateState
{
    Missing,

    /// <summary>Ours, to the letter.</summary>
    Current,

    /// <summary>Older, or changed: to be written again.</summary>
    Outdated,

    /// <summary>Written by a newer version of the product: to be left alone.</summary>
    Newer,
}

/// <summary>Compares what the cluster has with what the product needs. Pure.</summary>
internal static class TemplateCheck
{
    /// <param name="found">Body of the answer to GET of the template.</param>
    public static TemplateState StateOf(Template wanted, ReadOnlySpan<byte> found)
    {
        if (FindMeta(found) is not { } meta) return TemplateState.Outdated;
        var version = meta.TryGetProperty("version", out var number) && number.TryGetInt32(out var value) ? value : 0;
        if (version > Templates.Version) return TemplateState.Newer;
        var hash = meta.TryGetProperty("hash", out var text) ? text.ToString() : "";
        return version == Templates.Version && hash == wanted.Hash ? TemplateState.Current : TemplateState.Outdated;
    }

    /// <summary>
    /// Looks at what a new day's index would get, whichever templates it comes from.
    /// </summary>
    /// <param name="simulated">Body of the answer to `_index_template/_simulate_index`.</param>
    /// <returns>One sentence per defect; empty when documents would be indexed as they must.</returns>
    public static IReadOnlyList<string> DefectsOf(ReadOnlySpan<byte> simulated)
    {
        const int MaxDefects = 10;
        JsonElement root;
        try
        {
            var reader = new Utf8JsonReader(simulated);
            root = JsonElement.ParseValue(ref reader);
        }
        catch (JsonException)
        {
            return ["the cluster's answer about its templates is no JSON"];
        }

        if (!TryGet(root, out var template, "template")) return [$"no template matches {DayIndex.Pattern}"];
        var defects = new List<string>();
        if (!TryGet(template, out _, "aliases", DayIndex.Alias)) defects.Add($"new indices would lack the alias {DayIndex.Alias}");
        if (!TryGet(template, out var mappings, "mappings")) return [.. defects, "new indices would have no mappings"];
        if (!TryGet(mappings, out var dynamic, "dynamic") || dynamic.ToString() is not ("false" or "False"))
            defects.Add("mappings.dynamic is not false: documents could be refused for fields that the product does not know");

        foreach (var field in UsageFields.All)
        {
            if (defects.Count >= MaxDefects) break;
            using var wanted = JsonDocument.Parse(field.Mapping);
            var wantedType = wanted.RootElement.GetProperty("type").GetString();
            var foundType = FindField(mappings, field.Path) is { } found ? TypeOf(found) : "none";
            if (foundType != wantedType) defects.Add($"field {field.Path} would be mapped as {foundType} instead of {wantedType}");
        }

        return defects;
    }

    private static JsonElement? FindField(JsonElement mappings, string path)
    {
        var node = mappings;
        foreach (var part in path.Split('.'))
        {
            if (!TryGet(node, out node, "properties", part)) return null;
        }

        return node;
    }

    /// <summary>Elasticsearch leaves out the type `object`, which is what a mapping without one means.</summary>
    private static string TypeOf(JsonElement mapping) => TryGet(mapping, out var type, "type") ? type.ToString() : "object";

    private static JsonElement? FindMeta(ReadOnlySpan<byte> found)
    {
        try
        {
            var reader = new Utf8JsonReader(found);
            var root = JsonElement.ParseValue(ref reader);
            foreach (var kind in (ReadOnlySpan<string>)["component_template", "index_template"])
            {
                if (TryGet(root, out var templates, kind + "s") && templates.ValueKind == JsonValueKind.Array && templates.GetArrayLength() > 0
                    && TryGet(templates[0], out var meta, kind, "_meta")) return meta;
            }
        }
        catch (JsonException)
        {
            // Not an answer of Elasticsearch's: taken as a template without our mark.
        }

        return null;
    }

    private static bool TryGet(JsonElement element, out JsonElement found, params ReadOnlySpan<string> path)
    {
        found = element;
        foreach (var part in path)
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(part, out found)) return false;
        }

        return true;
    }
}
