using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Dashboards;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Lens;
using Pipeline.Kibana.Tests.Checking;
using Pipeline.Kibana.Tests.Expecting;
using Pipeline.Kibana.Tests.Querying;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.Kibana.Tests;

/// <summary>Every panel's aggregations, run as Kibana would run them, against figures worked out from the events.</summary>
public sealed class PanelFigureTests(IndexedEvents indexed) : IClassFixture<IndexedEvents>
{
    /// <summary>Sums of doubles in another order differ in their last digits.</summary>
    private const double Tolerance = 1e-9;

    public static TheoryData<string> PanelNames => [.. PanelsOf(ImportFile.Text()).Keys];

    [Fact]
    public void Panels_OfTheFile_AllHaveAnExpectation() =>
        Assert.Equal(PanelsOf(ImportFile.Text()).Keys.Order(StringComparer.Ordinal), PanelExpectations.All.Keys.Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(PanelNames))]
    public void Panel_OverAllEvents_ShowsTheirFigures(string panel) =>
        AssertShows(panel, PanelsOf(ImportFile.Text())[panel], "", KnownEvents.All);

    [Theory, MemberData(nameof(PanelNames))]
    public void Panel_WithTenantTeamAndModelPicked_ShowsTheirFigures(string panel)
    {
        string[] teams = ["team-00", "team-01", "team-02", "team-03", "team-04", "team-05", "team-06"];
        string[] models = ["model-00", "model-01", "model-02", "model-03", "model-04", "model-05", "model-06"];
        static string OneOf(string field, string[] values) => $"{field}: ({string.Join(" or ", values.Select(static value => $"\"{value}\""))})";
        var controls = $"{OneOf("llm.attribution.tenant", ["acme"])} and {OneOf("llm.attribution.team", teams)} and {OneOf("gen_ai.request.model", models)}";
        AssertShows(panel, PanelsOf(ImportFile.Text())[panel], controls,
            [.. KnownEvents.All.Where(call => call.Attribution.Tenant == "acme" && teams.Contains(call.Attribution.Team) && models.Contains(call.RequestModel))]);
    }

    /// <summary>So that the known events put every filter to the test: without it the panel would show something else.</summary>
    [Theory, MemberData(nameof(PanelNames))]
    public void Panel_WithAFilterLeftOut_ShowsOtherFigures(string panel)
    {
        var server = indexed.OrSkip();
        var expected = PanelExpectations.All[panel].Rows(KnownEvents.All);
        var (dashboard, id) = (panel.Split('/')[0], panel.Split('/')[1]);
        var columns = new EditableImport(ImportFile.Text()).Layer(dashboard, id)["columns"]!.AsObject().Where(static column => column.Value!["filter"] is not null);
        foreach (var (column, _) in columns)
        {
            var file = new EditableImport(ImportFile.Text());
            file.Column(dashboard, id, column).Remove("filter");
            Assert.True(Difference(expected, PanelRows.Of(QueryOf(file, panel), server.Search)) is not null, $"{column} shows the same without its filter");
        }

        var open = new EditableImport(ImportFile.Text());
        if ((string?)open.State(dashboard, id)["query"]!["query"] is not { Length: > 0 }) return;
        open.State(dashboard, id)["query"]!["query"] = "";
        Assert.NotNull(Difference(expected, PanelRows.Of(QueryOf(open, panel), server.Search)));
    }

    [Fact]
    public void Controls_EachOfThem_OfferTheValuesOfTheEvents()
    {
        var server = indexed.OrSkip();
        Func<LlmUsage, string?>[] values = [static call => call.Attribution.Tenant, static call => call.Attribution.Team, static call => call.RequestModel];
        foreach (var (control, value) in AllDashboards.Controls.Zip(values))
        {
            var request = new JsonObject
            {
                ["size"] = 0,
                ["query"] = QueryText.Of($"{DocumentFields.Time.Path} >= {KnownEvents.From.ToUnixTimeMilliseconds()}"),
                ["aggs"] = new JsonObject { ["values"] = new JsonObject { ["terms"] = new JsonObject { ["field"] = control.Field.Path, ["size"] = 100 } } },
            };
            var offered = server.Search(request).At("aggregations", "values", "buckets").Items()
                .ToDictionary(static one => one.At("key").Text()!, static one => one.At("doc_count").Number() ?? 0);
            Assert.Equal(KnownEvents.All.Select(value).OfType<string>().CountBy(static one => one).ToDictionary(), offered);
        }
    }

    [Fact]
    public void Mapping_OfTheRealIndices_IsTheOneThatTheFileIsCheckedAgainst()
    {
        var index = EsSink.Rendering.DayIndex.NameOf(EsSink.Rendering.DayIndex.DayOf(KnownEvents.From));
        var types = SinkMapping.Flatten(indexed.OrSkip().Send(HttpMethod.Get, $"{index}/_mapping").At(index, "mappings"));
        Assert.Equal(SinkMapping.Types.OrderBy(static field => field.Key, StringComparer.Ordinal), types.OrderBy(static field => field.Key, StringComparer.Ordinal));
        Assert.Empty(ImportCheck.Of(ImportFile.Text(), types));
    }

    /// <summary>Wrong definitions that nothing but their figures gives away: the comparison has to see them.</summary>
    public static TheoryData<string, string, string, string, string> WrongDefinitions => new()
    {
        { "overview", "cost", "m0", "sourceField", "\"llm.cost.list_total\"" },
        { "overview", "cost", "m0", "filter", """{"query":"llm.cost.currency: \"EUR\"","language":"kuery"}""" },
        { "overview", "uncertain-cost", "m0", "filter", """{"query":"not llm.cost.status: \"priced\"","language":"kuery"}""" },
        { "overview", "co2", "m0", "sourceField", "\"llm.impact.gwp.max\"" },
        { "overview", "cost-by-model", "b0", "sourceField", "\"gen_ai.request.model\"" },
        { "latency", "duration", "m1", "params", """{"percentile":90}""" },
        { "latency", "duration-over-time", "m0", "sourceField", "\"llm.time_to_first_token_us\"" },
        { "costs", "cost-per-call", "m0", "operationType", "\"sum\"" },
        { "costs", "spenders", "m0", "sourceField", "\"llm.attribution.team\"" },
        { "requests", "token-kinds", "m1", "sourceField", "\"llm.usage.cached_reported\"" },
        { "latency", "failed-share-over-time", "m0X0", "filter", """{"query":"llm.outcome: \"ok\"","language":"kuery"}""" },
    };

    [Theory, MemberData(nameof(WrongDefinitions))]
    public void Panel_WithAWrongDefinition_ShowsOtherFigures(string dashboard, string panel, string column, string member, string json)
    {
        var server = indexed.OrSkip();
        var file = new EditableImport(ImportFile.Text());
        file.Column(dashboard, panel, column)[member] = JsonNode.Parse(json);
        var name = $"{dashboard}/{panel}";
        Assert.NotNull(Difference(PanelExpectations.All[name].Rows(KnownEvents.All), PanelRows.Of(QueryOf(file, name), server.Search)));
    }

    private static PanelQuery QueryOf(EditableImport file, string panel) => QueryOf(PanelsOf(file.Text())[panel], "");

    private static PanelQuery QueryOf(JsonElement attributes, string controls) => new(attributes, TimeSpan.FromDays(KnownEvents.Days), KnownEvents.From, controls);

    private void AssertShows(string panel, JsonElement attributes, string controls, IReadOnlyList<LlmUsage> events)
    {
        var shown = PanelRows.Of(QueryOf(attributes, controls), indexed.OrSkip().Search);
        Assert.True(shown.Count > 0 || controls.Length > 0, "shows nothing");
        var difference = Difference(PanelExpectations.All[panel].Rows(events), shown);
        Assert.True(difference is null, difference);
    }

    /// <summary>Null when both are the same rows, in whatever order.</summary>
    private static string? Difference(IReadOnlyList<Row> expected, IReadOnlyList<Row> shown)
    {
        static IEnumerable<Row> Sorted(IReadOnlyList<Row> rows) => rows.OrderBy(static row => string.Join('\n', row.Keys), StringComparer.Ordinal);
        if (expected.Count == shown.Count && Sorted(expected).Zip(Sorted(shown)).All(static pair => IsSame(pair.First, pair.Second))) return null;
        var differing = Sorted(expected).Where(row => !shown.Any(other => IsSame(row, other))).Take(5).Select(static row => $"expected {row}")
            .Concat(Sorted(shown).Where(row => !expected.Any(other => IsSame(row, other))).Take(5).Select(static row => $"shown    {row}"));
        return $"{expected.Count} rows expected, {shown.Count} shown\n{string.Join('\n', differing)}";
    }

    private static bool IsSame(Row one, Row other) =>
        one.Keys.SequenceEqual(other.Keys) && one.Values.Count == other.Values.Count
        && one.Values.Zip(other.Values).All(static pair => IsSame(pair.First, pair.Second));

    private static bool IsSame(double? one, double? other) =>
        one is { } a && other is { } b ? Math.Abs(a - b) <= Tolerance * Math.Max(Math.Abs(a), Math.Abs(b)) : one == other;

    /// <summary>Lens attributes by `dashboard/panel`.</summary>
    private static Dictionary<string, JsonElement> PanelsOf(string file) =>
        (from line in file.TrimEnd('\n').Split('\n')
         let one = JsonSerializer.Deserialize<JsonElement>(line)
         where one.At("type").Text() == "dashboard"
         from panel in (JsonAt.Parse(one.At("attributes", "panelsJSON").Text()) ?? default).Items()
         select (Name: $"{one.At("id").Text()!["llm-usage-".Length..]}/{panel.At("panelIndex").Text()}", Attributes: PanelRules.Attributes(panel)))
        .ToDictionary(static panel => panel.Name, static panel => panel.Attributes);
}
