using System.Text.Json.Nodes;
using Pipeline.EsSink.Rendering;
using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Dashboards;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Lens;
using Pipeline.Kibana.Tests.Expecting;
using Pipeline.Kibana.Tests.Querying;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.Kibana.Tests;

/// <summary>Every panel's aggregations, run as Kibana would run them, against figures worked out from the events.</summary>
[Collection(nameof(IndexedEvents))]
public sealed class PanelFigureTests(IndexedEvents indexed)
{
    private static readonly string[] Teams = ["team-00", "team-01", "team-02", "team-03", "team-04", "team-05", "team-06"];
    private static readonly string[] Models = ["model-00", "model-01", "model-02", "model-03", "model-04", "model-05", "model-06"];

    [Theory, MemberData(nameof(ImportFileTests.DashboardNames), MemberType = typeof(ImportFileTests))]
    public void Panels_OverAllEvents_ShowTheirFigures(string dashboard)
    {
        var server = indexed.OrSkip();
        var file = ImportFile.Text();
        Assert.Empty(ImportFileTests.PanelsOf(dashboard).Select(panel => Described(panel, PanelComparison.Compare(file, panel, server))).OfType<string>());
        Assert.All(ImportFileTests.PanelsOf(dashboard), panel => Assert.NotEmpty(PanelComparison.Show(file, panel, "", server)));
    }

    [Theory, MemberData(nameof(ImportFileTests.DashboardNames), MemberType = typeof(ImportFileTests))]
    public void Panels_WithTenantTeamAndModelPicked_ShowTheirFigures(string dashboard)
    {
        var server = indexed.OrSkip();
        var file = ImportFile.Text();
        var picked = $"{IsOneOf(AllDashboards.Controls[0], ["acme"])} and {IsOneOf(AllDashboards.Controls[1], Teams)} and {IsOneOf(AllDashboards.Controls[2], Models)}";
        var events = KnownEvents.All.Where(IsPicked).ToList();
        Assert.InRange(events.Count, 20, 100);
        Assert.Empty(
            from panel in ImportFileTests.PanelsOf(dashboard)
            let difference = PanelComparison.Difference(PanelExpectations.All[panel].Rows(events), PanelComparison.Show(file, panel, picked, server))
            where difference is not null
            select Described(panel, difference));
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
        var index = DayIndex.NameOf(DayIndex.DayOf(KnownEvents.From));
        var types = SinkMapping.Flatten(indexed.OrSkip().Send(HttpMethod.Get, $"{index}/_mapping").At(index, "mappings"));
        Assert.Equal(Sorted(SinkMapping.Types), Sorted(types));
        Assert.Empty(ImportCheck.Of(ImportFile.Text(), types));
    }

    private static IEnumerable<KeyValuePair<string, string>> Sorted(IReadOnlyDictionary<string, string> types) =>
        types.OrderBy(static field => field.Key, StringComparer.Ordinal);

    private static bool IsPicked(LlmUsage call) =>
        call.Attribution.Tenant == "acme" && Teams.Contains(call.Attribution.Team) && Models.Contains(call.RequestModel);

    private static string IsOneOf(Panels.Control control, string[] values) =>
        $"{control.Field.Path}: ({string.Join(" or ", values.Select(static value => $"\"{value}\""))})";

    private static string? Described(string panel, string? difference) => difference is null ? null : $"{panel}: {difference}";
}
