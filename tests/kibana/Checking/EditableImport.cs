using System.Text.Json.Nodes;
using Pipeline.Kibana.Lens;

namespace Pipeline.Kibana.Tests.Checking;

/// <summary>The import file with what is encoded in it opened up, so that a fault can be put anywhere.</summary>
internal sealed class EditableImport
{
    private readonly Dictionary<JsonObject, JsonArray> _panels = [];

    public EditableImport(string text)
    {
        Objects = [.. text.TrimEnd('\n').Split('\n').Select(static line => JsonNode.Parse(line)!.AsObject())];
        foreach (var dashboard in Objects.Where(static one => (string?)one["type"] == "dashboard"))
            _panels[dashboard] = JsonNode.Parse((string)dashboard["attributes"]!["panelsJSON"]!)!.AsArray();
    }

    public List<JsonObject> Objects { get; }

    public JsonObject DataView => Objects[0];

    public JsonObject Dashboard(string id) => Objects.Single(one => (string?)one["id"] == "llm-usage-" + id);

    public JsonArray Panels(string dashboard) => _panels[Dashboard(dashboard)];

    public JsonObject Panel(string dashboard, string id) => Panels(dashboard).Single(panel => (string?)panel!["panelIndex"] == id)!.AsObject();

    public JsonObject Attributes(string dashboard, string panel) => Panel(dashboard, panel)["embeddableConfig"]!["attributes"]!.AsObject();

    public JsonObject State(string dashboard, string panel) => Attributes(dashboard, panel)["state"]!.AsObject();

    public JsonObject Visualization(string dashboard, string panel) => State(dashboard, panel)["visualization"]!.AsObject();

    public JsonObject Layer(string dashboard, string panel) => State(dashboard, panel)["datasourceStates"]!["formBased"]!["layers"]![LensLayer.Id]!.AsObject();

    public JsonObject Column(string dashboard, string panel, string column) => Layer(dashboard, panel)["columns"]![column]!.AsObject();

    /// <summary>One control, through its encoding.</summary>
    public void EditControl(string dashboard, string control, Action<JsonObject> edit)
    {
        var group = Dashboard(dashboard)["attributes"]!["controlGroupInput"]!.AsObject();
        var controls = JsonNode.Parse((string)group["panelsJSON"]!)!.AsObject();
        edit(controls[control]!["explicitInput"]!.AsObject());
        group["panelsJSON"] = Json.Text(controls);
    }

    public string Text()
    {
        foreach (var (dashboard, panels) in _panels)
            // A fault may have put something else there.
            if (dashboard["attributes"]!["panelsJSON"] is JsonValue) dashboard["attributes"]!["panelsJSON"] = Json.Text(panels);
        return string.Concat(Objects.Select(static one => Json.Text(one) + "\n"));
    }
}
