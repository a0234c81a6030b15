using System.Text.Json;

namespace Pipeline.Kibana.Checking;

/// <summary>
/// Looks at an import file as far as that can be done without Kibana, which answers 200 to most faulty imports and shows an empty panel.
/// </summary>
internal static class ImportCheck
{
    /// <param name="text">The file.</param>
    /// <param name="types">The documents' fields: dotted path to Elasticsearch type.</param>
    public static IReadOnlyList<Finding> Of(string text, IReadOnlyDictionary<string, string> types)
    {
        var findings = FileRules.CheckLines(text).ToList();
        var objects = text.Split('\n').Select(static line => JsonAt.Parse(line)).OfType<JsonElement>()
            .Where(static one => one.ValueKind == JsonValueKind.Object).ToList();
        findings.AddRange(FileRules.CheckObjects(objects));
        findings.AddRange(objects.SelectMany(FileRules.CheckMembers));
        findings.AddRange(FileRules.CheckEncoded(objects));
        var fields = new FieldRules(types);
        foreach (var one in objects)
            findings.AddRange(one.At("type").Text() switch
            {
                "index-pattern" => fields.CheckDataView(one),
                "dashboard" => CheckDashboard(one, fields),
                _ => [],
            });
        return findings;
    }

    private static List<Finding> CheckDashboard(JsonElement dashboard, FieldRules fields)
    {
        var name = FileRules.NameOf(dashboard);
        var attributes = dashboard.At("attributes");
        var panels = (JsonAt.Parse(attributes.At("panelsJSON").Text()) ?? default).Items().ToList();
        var findings = new List<Finding>();
        if (attributes.At("title").Text() is not { Length: > 0 }) findings.Add(new Finding(Rule.Labels, name, "no title"));
        var hasRange = attributes.At("timeFrom").Text() is { Length: > 0 } && attributes.At("timeTo").Text() is { Length: > 0 };
        if (!attributes.At("timeRestore").IsTrue() || !hasRange)
            findings.Add(new Finding(Rule.Labels, name, "no time range: it would open on the last 15 minutes"));
        if (panels.Count == 0) findings.Add(new Finding(Rule.PanelIdentity, name, "no panels"));
        findings.AddRange(PanelRules.Check(dashboard, panels));
        findings.AddRange(fields.CheckControls(name, PanelRules.Controls(dashboard) ?? default));
        var search = JsonAt.Parse(attributes.At("kibanaSavedObjectMeta", "searchSourceJSON").Text());
        findings.AddRange(fields.CheckQuery(name, search?.At("query") ?? default));
        foreach (var panel in panels) findings.AddRange(CheckPanel(PanelRules.Where(name, panel), panel, fields));
        return findings;
    }

    private static IEnumerable<Finding> CheckPanel(string where, JsonElement panel, FieldRules fields)
    {
        var attributes = PanelRules.Attributes(panel);
        var layers = PanelRules.Layers(panel);
        if (attributes.At("title").Text() is not { Length: > 0 }) yield return new Finding(Rule.Labels, where, "no title");
        var found = AccessorRules.Check(where, attributes, layers)
            .Concat(fields.CheckQuery(where, attributes.At("state", "query")))
            .Concat(layers.Members().SelectMany(layer => CheckLayer(where, layer.Value, fields)));
        foreach (var finding in found) yield return finding;
    }

    private static IEnumerable<Finding> CheckLayer(string where, JsonElement layer, FieldRules fields) =>
        LayerRules.Check(where, layer).Concat(fields.CheckLayer(where, layer)).Concat(MeaningRules.Check(where, layer));
}
