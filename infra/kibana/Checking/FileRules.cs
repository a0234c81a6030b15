using System.Text.Json;
using Pipeline.Kibana.Lens;

namespace Pipeline.Kibana.Checking;

/// <summary>The file and its saved objects.</summary>
internal static class FileRules
{
    /// <summary>What the oldest supported Kibana, 8.9, knows; it refuses anything above.</summary>
    private static readonly Dictionary<string, Version> Known = new()
    {
        ["index-pattern"] = new Version(SavedObjects.DataViewVersion),
        ["dashboard"] = new Version(SavedObjects.DashboardVersion),
    };

    /// <summary>Attributes that the schemas of these versions have.</summary>
    private static readonly Dictionary<string, string[]> Members = new()
    {
        ["index-pattern"] =
        [
            "title", "name", "type", "timeFieldName", "fields", "fieldAttrs", "fieldFormatMap", "runtimeFieldMap", "sourceFilters", "typeMeta",
            "allowNoIndex",
        ],
        ["dashboard"] =
        [
            "title", "description", "kibanaSavedObjectMeta", "timeRestore", "timeFrom", "timeTo", "refreshInterval", "controlGroupInput", "panelsJSON",
            "optionsJSON", "hits", "version",
        ],
    };

    private static readonly string[] ControlGroupMembers = ["panelsJSON", "controlStyle", "chainingSystem", "ignoreParentSettingsJSON"];

    public static IEnumerable<Finding> CheckLines(string text)
    {
        if (!text.EndsWith('\n')) yield return new Finding(Rule.Lines, "file", "no line break at the end");
        foreach (var (index, line) in text.TrimEnd('\n').Split('\n').Index())
            if (JsonAt.Parse(line) is not { ValueKind: JsonValueKind.Object }) yield return new Finding(Rule.Lines, $"line {index + 1}", "no JSON object");
    }

    public static IEnumerable<Finding> CheckObjects(IReadOnlyList<JsonElement> objects)
    {
        var known = new HashSet<string>();
        foreach (var one in objects)
        {
            var name = NameOf(one);
            if (one.At("type").Text() is not { Length: > 0 } || one.At("id").Text() is not { Length: > 0 })
                yield return new Finding(Rule.Identity, name, "no type or no id");
            if (!known.Add(name)) yield return new Finding(Rule.Identity, name, "twice");
            if (CheckVersion(one) is { } wrong) yield return new Finding(Rule.Version, name, wrong);
        }

        foreach (var one in objects)
            foreach (var reference in one.At("references").Items().Where(reference => !known.Contains(NameOf(reference))))
                yield return new Finding(Rule.References, NameOf(one), $"{reference.At("name").Text()} refers to {NameOf(reference)}, which is not in the file");
    }

    public static IEnumerable<Finding> CheckMembers(JsonElement one)
    {
        var attributes = one.At("attributes").Members().Select(static member => member.Name).Except(Members.GetValueOrDefault(one.At("type").Text() ?? "") ?? []);
        var controls = one.At("attributes", "controlGroupInput").Members().Select(static member => member.Name).Except(ControlGroupMembers);
        return attributes.Concat(controls).Select(member => new Finding(Rule.Members, NameOf(one), $"{member} is not in the schema of this version"));
    }

    /// <summary>Members named …JSON, and the data view's, are text that is JSON.</summary>
    public static IEnumerable<Finding> CheckEncoded(IEnumerable<JsonElement> objects)
    {
        string[] ofDataViews = ["fields", "fieldAttrs", "fieldFormatMap", "runtimeFieldMap", "sourceFilters", "typeMeta"];
        foreach (var one in objects)
            foreach (var (path, value) in Walk(one.At("attributes"), ""))
            {
                var name = path[(path.LastIndexOf('.') + 1)..];
                var isEncoded = name.EndsWith("JSON", StringComparison.Ordinal)
                    || (one.At("type").Text() == "index-pattern" && ofDataViews.Contains(name));
                if (isEncoded && JsonAt.Parse(value.Text()) is null) yield return new Finding(Rule.EncodedJson, NameOf(one), $"{path} is not JSON as text");
            }
    }

    public static string NameOf(JsonElement one) => $"{one.At("type").Text()}/{one.At("id").Text()}";

    private static string? CheckVersion(JsonElement one)
    {
        if (one.At("coreMigrationVersion").Text() is null) return "no coreMigrationVersion";
        if (!Version.TryParse(one.At("typeMigrationVersion").Text(), out var version))
            return "no typeMigrationVersion: every migration from the beginning would run";
        if (!Known.TryGetValue(one.At("type").Text() ?? "", out var highest)) return "a type that is not known here";
        return version > highest ? $"typeMigrationVersion {version} is above {highest}" : null;
    }

    private static IEnumerable<(string Path, JsonElement Value)> Walk(JsonElement node, string path) =>
        node.Members().SelectMany(member => Walk(member.Value, $"{path}.{member.Name}").Prepend(($"{path}.{member.Name}", member.Value)));
}
