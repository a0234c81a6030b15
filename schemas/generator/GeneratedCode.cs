using System.Text.Json;
using Pipeline.Schemas.Resolution;

namespace Pipeline.Schemas.Generator;

/// <summary>All generated files of a folder of schemas.</summary>
public static class GeneratedCode
{
    /// <returns>Text by file name; null with the <paramref name="error"/> when the schemas contradict each other or the mapping rule.</returns>
    public static IReadOnlyDictionary<string, string>? From(string folder, out string? error)
    {
        var types = new SortedDictionary<string, (AvroSchema Schema, string Text)>(StringComparer.Ordinal);
        var subjects = new List<Subject>();
        error = null;
        foreach (var path in Directory.EnumerateFiles(folder, "*.avsc").Order(StringComparer.Ordinal))
        {
            var json = File.ReadAllText(path);
            var schema = SchemaParser.Parse(json, out error);
            if (schema is null || !Collect(json, schema, types, out error))
            {
                error = $"{Path.GetFileName(path)}: {error}";
                return null;
            }

            subjects.Add(new Subject(Path.GetFileNameWithoutExtension(path), schema, Crc64Avro.Of(CanonicalForm.Of(schema))));
        }

        var files = new Dictionary<string, string>();
        foreach (var (schema, _) in types.Values)
        {
            var parent = schema.Extends is null ? null : types.Values.FirstOrDefault(type => type.Schema.SimpleName == schema.Extends).Schema;
            error = schema.Type == AvroType.Record ? MappingRule.Check(schema, parent) : null;
            if (error is not null) return null;
            var isExtended = types.Values.Any(type => type.Schema.Extends == schema.SimpleName);
            files[schema.SimpleName + ".g.cs"] = schema.Type == AvroType.Enum
                ? EnumCode.Of(schema)
                : RecordCode.Of(schema, parent, isExtended, subjects.Find(subject => subject.Schema.SimpleName == schema.SimpleName));
        }

        files["SchemaSet.g.cs"] = SchemaSetCode.Of(subjects);
        return files;
    }

    /// <summary>Takes in the named types of one file. A type that stands in several files must be the same in all.</summary>
    private static bool Collect(string json, AvroSchema schema, SortedDictionary<string, (AvroSchema Schema, string Text)> types, out string? error)
    {
        using var document = JsonDocument.Parse(json);
        var texts = new Dictionary<string, string>();
        CollectTexts(document.RootElement, texts);
        foreach (var type in Named(schema, []))
        {
            var text = texts[type.SimpleName];
            if (types.TryGetValue(type.SimpleName, out var known) && known.Text != text)
            {
                error = $"{type.Name} is not what it is in another file";
                return false;
            }

            types[type.SimpleName] = (type, text);
        }

        error = null;
        return true;
    }

    private static void CollectTexts(JsonElement element, Dictionary<string, string> texts)
    {
        if (element.ValueKind == JsonValueKind.Array)
            foreach (var item in element.EnumerateArray()) CollectTexts(item, texts);
        if (element.ValueKind != JsonValueKind.Object) return;
        if (element.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() is "record" or "enum")
            texts[element.GetProperty("name").GetString()!] = JsonSerializer.Serialize(element);
        foreach (var member in element.EnumerateObject()) CollectTexts(member.Value, texts);
    }

    private static IEnumerable<AvroSchema> Named(AvroSchema schema, HashSet<string> seen)
    {
        if (schema.Name is not null && !seen.Add(schema.Name)) return [];
        var inner = schema.Fields.Select(field => field.Schema).Concat(schema.Branches).Concat(schema.Element is null ? [] : [schema.Element]);
        var found = inner.SelectMany(part => Named(part, seen)).ToList();
        if (schema.Name is not null) found.Add(schema);
        return found;
    }
}

internal sealed record Subject(string Name, AvroSchema Schema, ulong Fingerprint);
