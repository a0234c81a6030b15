using System.Text.Json.Nodes;
using Pipeline.Kibana.Checking;

namespace Pipeline.Kibana.Tests.Checking;

/// <param name="Name">What was done to the file.</param>
/// <param name="Caught">The rule that must find it.</param>
internal sealed record SeededFault(string Name, Rule Caught, Action<EditableImport> Edit);

/// <summary>Faults of which Kibana says nothing at import, or only that it failed.</summary>
internal static class SeededFaults
{
    public static readonly IReadOnlyList<SeededFault> All = [.. OfObjects(), .. OfPanels(), .. OfColumns(), .. OfFields(), .. OfVisualizations(), .. OfMeaning()];

    private static SeededFault[] OfObjects() =>
    [
        new("a dashboard twice", Rule.Identity, file => file.Objects.Add(file.Dashboard("costs").DeepClone().AsObject())),
        new("an object without id", Rule.Identity, file => file.DataView.Remove("id")),
        new("no typeMigrationVersion", Rule.Version, file => file.Dashboard("costs").Remove("typeMigrationVersion")),
        new("a version newer than Kibana", Rule.Version, file => file.Dashboard("costs")["typeMigrationVersion"] = "10.3.0"),
        new("no coreMigrationVersion", Rule.Version, file => file.DataView.Remove("coreMigrationVersion")),
        new("an attribute of a later version", Rule.Members, file => file.Dashboard("costs")["attributes"]!["sections"] = new JsonArray()),
        new("a control setting of a later version", Rule.Members, file => file.Dashboard("costs")["attributes"]!["controlGroupInput"]!["showApplySelections"] = false),
        new("the data view left out", Rule.References, file => file.Objects.RemoveAt(0)),
        new("the data view under another id", Rule.References, file => file.DataView["id"] = "other"),
        new("panels as an array", Rule.EncodedJson, file => file.Dashboard("co2")["attributes"]!["panelsJSON"] = new JsonArray()),
        new("options cut off", Rule.EncodedJson, file => file.Dashboard("co2")["attributes"]!["optionsJSON"] = "{\"useMargins\":"),
        new("control panels as an object", Rule.EncodedJson, file => file.Dashboard("co2")["attributes"]!["controlGroupInput"]!["panelsJSON"] = new JsonObject()),
        new("field formats as an object", Rule.EncodedJson, file => file.DataView["attributes"]!["fieldFormatMap"] = new JsonObject()),
    ];

    private static SeededFault[] OfPanels() =>
    [
        new("gridData.i of another panel", Rule.PanelIdentity, file => file.Panel("costs", "by-model")["gridData"]!["i"] = "by-user"),
        new("a panel id twice", Rule.PanelIdentity, file => file.Panel("costs", "by-model")["panelIndex"] = "by-user"),
        new("no panel type", Rule.PanelIdentity, file => file.Panel("costs", "by-model").Remove("type")),
        new("a panel across the edge", Rule.Grid, file => file.Panel("costs", "by-user")["gridData"]!["w"] = 25),
        new("a panel on another", Rule.Grid, file => file.Panel("costs", "by-user")["gridData"]!["x"] = 23),
        new("a panel without height", Rule.Grid, file => file.Panel("costs", "by-user")["gridData"]!["h"] = 0),
        new("a saved object id beside the attributes", Rule.ByValue, file => file.Panel("costs", "by-user")["embeddableConfig"]!["savedObjectId"] = "x"),
        new("no attributes", Rule.ByValue, file => file.Panel("costs", "by-user")["embeddableConfig"]!.AsObject().Remove("attributes")),
        new("no indexpattern member", Rule.LegacyLayers, file => file.State("costs", "by-user")["datasourceStates"]!.AsObject().Remove("indexpattern")),
        new("no reference in the panel", Rule.ReferenceSets, file => file.Attributes("costs", "by-user")["references"]!.AsArray().Clear()),
        new("a layer under another id", Rule.ReferenceSets, file => Rename(file.State("costs", "by-user")["datasourceStates"]!["formBased"]!["layers"]!.AsObject(), "main", "l0")),
        new("no reference in the dashboard", Rule.ReferenceSets, file => file.Dashboard("costs")["references"]!.AsArray().RemoveAt(3)),
        new("a reference without its panel's prefix", Rule.ReferenceSets, file => file.Dashboard("costs")["references"]![3]!["name"] = "indexpattern-datasource-layer-main"),
        new("no reference for a control", Rule.ReferenceSets, file => RemoveLast(file.Dashboard("costs")["references"]!.AsArray())),
        new("a dashboard without panels", Rule.PanelIdentity, file => file.Panels("costs").Clear()),
    ];

    private static SeededFault[] OfColumns() =>
    [
        new("a column left out of the order", Rule.ColumnOrder, file => RemoveLast(file.Layer("overview", "cost-by-model")["columnOrder"]!.AsArray())),
        new("a metric before a bucket", Rule.ColumnOrder, file => file.Layer("overview", "cost-by-model")["columnOrder"] = new JsonArray("b0", "m0", "b1")),
        new("a column in the order that is not there", Rule.ColumnOrder, file => file.Layer("overview", "cost-by-model")["columnOrder"]!.AsArray().Add("m9")),
        new("a formula without its result", Rule.Formula, file => file.Column("latency", "failed-share-over-time", "m0")["references"] = new JsonArray()),
        new("a formula with text of its own", Rule.Formula, file => Params(file.Column("latency", "failed-share-over-time", "m0"))["formula"] = "count() / count()"),
        new("a formula marked as broken", Rule.Formula, file => Params(file.Column("latency", "failed-share-over-time", "m0"))["isFormulaBroken"] = true),
        new("a part of a formula with another filter", Rule.Formula, file => file.Column("latency", "failed-share-over-time", "m0X0")["filter"]!["query"] = "llm.outcome: \"ok\""),
        new("arguments that are no columns", Rule.Formula, file => Params(file.Column("latency", "failed-share-over-time", "m0X2"))["tinymathAst"]!["args"]![0] = "m7X0"),
        new("a running total of nothing", Rule.Formula, file => file.Column("costs", "running-total", "m0")["references"] = new JsonArray("m0X9")),
        new("ranked by a column that is not there", Rule.Ranking, file => Params(file.Column("overview", "cost-by-model", "b0"))["orderBy"]!["columnId"] = "m9"),
        new("ranked by a formula", Rule.Ranking, file => Params(file.Column("latency", "by-model", "b0"))["orderBy"]!["columnId"] = "m5"),
        new("too many values", Rule.Ranking, file => Params(file.Column("overview", "cost-by-model", "b0"))["size"] = 100_000),
        new("an empty label", Rule.Labels, file => file.Column("overview", "cost", "m0")["label"] = ""),
        new("the 100th percentile", Rule.Labels, file => Params(file.Column("latency", "duration", "m1"))["percentile"] = 100),
        new("a filter without label", Rule.Labels, file => Params(file.Column("latency", "duration-bands", "b0"))["filters"]![0]!["label"] = ""),
        new("no time range", Rule.Labels, file => file.Dashboard("latency")["attributes"]!.AsObject().Remove("timeFrom")),
        new("time range not restored", Rule.Labels, file => file.Dashboard("latency")["attributes"]!["timeRestore"] = false),
        new("a dashboard without title", Rule.Labels, file => file.Dashboard("latency")["attributes"]!["title"] = ""),
    ];

    private static SeededFault[] OfFields() =>
    [
        new("a field that is misspelt", Rule.Fields, file => file.Column("overview", "cost", "m0")["sourceField"] = "llm.cost.nettotal"),
        new("a sum over words", Rule.Fields, file => file.Column("overview", "cost", "m0")["sourceField"] = "llm.cost.net_total_decimal"),
        new("groups of a number with a point", Rule.Fields, file => file.Column("overview", "cost-by-model", "b0")["sourceField"] = "llm.cost.net_total"),
        new("groups of a flattened field", Rule.Fields, file => file.Column("overview", "cost-by-model", "b0")["sourceField"] = "llm.attribution.tags"),
        new("groups of a field that is only stored", Rule.Fields, file => file.Column("overview", "cost-by-model", "b0")["sourceField"] = "llm.provider_usage"),
        new("time steps of a number", Rule.Fields, file => file.Column("overview", "cost-by-model", "b1")["sourceField"] = "llm.duration_us"),
        new("missing values of a number", Rule.Fields, file => Params(file.Column("latency", "status-codes", "b0"))["missingBucket"] = true),
        new("an operation by its Elasticsearch name", Rule.Fields, file => file.Column("costs", "cost-per-call", "m0")["operationType"] = "avg"),
        new("a misspelt field in a filter", Rule.Fields, file => file.Column("overview", "uncertain-cost", "m0")["filter"]!["query"] = "not llm.coststatus: \"priced\""),
        new("a filter that cannot be read", Rule.Fields, file => file.Column("overview", "uncertain-cost", "m0")["filter"]!["query"] = "llm.cost.status: (\"priced\" or"),
        new("a filter with a quote left open", Rule.Fields, file => file.Column("overview", "uncertain-cost", "m0")["filter"]!["query"] = "llm.cost.status: \"priced"),
        new("a flag that is neither true nor false", Rule.Fields, file => file.Column("data-quality", "mended", "m1")["filter"]!["query"] = "llm.truncated: yes"),
        new("words compared by size", Rule.Fields, file => file.Column("data-quality", "mended", "m1")["filter"]!["query"] = "llm.outcome > 3"),
        new("a misspelt field in a panel's query", Rule.Fields, file => file.State("latency", "errors")["query"]!["query"] = "not llm.outcom: \"ok\""),
        new("a misspelt field in a case", Rule.Fields, file => Params(file.Column("latency", "duration-bands", "b0"))["filters"]![1]!["input"]!["query"] = "llm.duration_ms >= 5"),
        new("a control on a misspelt field", Rule.Fields, file => file.EditControl("costs", "team", control => control["fieldName"] = "llm.team")),
        new("a control on money", Rule.Fields, file => file.EditControl("costs", "team", control => control["fieldName"] = "llm.cost.net_total")),
        new("a time field that is none", Rule.Fields, file => file.DataView["attributes"]!["timeFieldName"] = "llm.duration_us"),
        new("a format of a field that is not there", Rule.Fields, file => file.DataView["attributes"]!["fieldFormatMap"] = "{\"llm.duration_ms\":{\"id\":\"duration\"}}"),
    ];

    private static SeededFault[] OfVisualizations() =>
    [
        new("a tile of a column that is not there", Rule.Accessors, file => file.Visualization("overview", "cost")["metricAccessor"] = "m9"),
        new("a tile of nothing", Rule.Accessors, file => file.Visualization("overview", "cost").Remove("metricAccessor")),
        new("a series of a column that is not there", Rule.Accessors, file => XyLayer(file, "overview", "co2-over-time")["accessors"]![1] = "m9"),
        new("a split by a column that is not there", Rule.Accessors, file => XyLayer(file, "overview", "cost-by-model")["splitAccessor"] = "b7"),
        new("a metric that is not shown", Rule.Accessors, file => RemoveLast(XyLayer(file, "overview", "co2-over-time")["accessors"]!.AsArray())),
        new("a series type that Lens does not have", Rule.Accessors, file => XyLayer(file, "overview", "cost-by-model")["seriesType"] = "bar_stack"),
        new("a layer that is not there", Rule.Accessors, file => file.Visualization("overview", "who-spent-what")["layerId"] = "l0"),
        new("a table sorted by a column that is not there", Rule.Accessors, file => file.Visualization("overview", "who-spent-what")["sorting"]!["columnId"] = "m9"),
        new("a donut of a column that is not there", Rule.Accessors, file => file.Visualization("overview", "cost-by-team")["layers"]![0]!["metrics"]![0] = "m9"),
        new("a heatmap without values", Rule.Accessors, file => file.Visualization("costs", "team-and-model").Remove("valueAccessor")),
        new("a kind of panel that Lens does not have", Rule.Accessors, file => file.Attributes("overview", "cost")["visualizationType"] = "lnsMetrics"),
    ];

    private static SeededFault[] OfMeaning() =>
    [
        new("CO2 by its lower end only", Rule.EstimateRange, file => Drop(file, "overview", "co2", "m1", "secondaryMetricAccessor")),
        new("both ends the same", Rule.EstimateRange, file => file.Column("overview", "co2", "m1")["sourceField"] = "llm.impact.gwp.min"),
        new("ends over different calls", Rule.EstimateRange, file => file.Column("overview", "co2", "m1").Remove("filter")),
        new("money over all currencies", Rule.OneCurrency, file => file.Column("overview", "cost", "m0").Remove("filter")),
        new("money of any currency but one", Rule.OneCurrency, file => file.Column("overview", "cost", "m0")["filter"]!["query"] = "not llm.cost.currency: \"EUR\""),
        new("tokens of repeated answers", Rule.CountedOnce, file => file.Column("overview", "tokens", "m0").Remove("filter")),
        new("impacts of repeated answers", Rule.CountedOnce, file => file.Column("co2", "energy", "m0")["filter"]!["query"] = "llm.background: false"),
    ];

    private static JsonObject Params(JsonObject column) => column["params"]!.AsObject();

    private static JsonObject XyLayer(EditableImport file, string dashboard, string panel) => file.Visualization(dashboard, panel)["layers"]![0]!.AsObject();

    private static void RemoveLast(JsonArray array) => array.RemoveAt(array.Count - 1);

    private static void Rename(JsonObject owner, string from, string to)
    {
        var value = owner[from]!.DeepClone();
        owner.Remove(from);
        owner[to] = value;
    }

    private static void Drop(EditableImport file, string dashboard, string panel, string column, string accessor)
    {
        file.Layer(dashboard, panel)["columns"]!.AsObject().Remove(column);
        var order = file.Layer(dashboard, panel)["columnOrder"]!.AsArray();
        order.Remove(order.Single(id => (string?)id == column));
        file.Visualization(dashboard, panel).Remove(accessor);
    }
}
