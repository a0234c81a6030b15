using System.Text.Json;
using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Dashboards;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Lens;
using Pipeline.Kibana.Tests.Expecting;
using Pipeline.Kibana.Tests.Querying;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Kibana.Tests;

public sealed class ImportFileTests
{
    public static TheoryData<string> DashboardNames => [.. PanelComparison.PanelsOf(ImportFile.Text()).Keys.Select(static panel => panel.Split('/')[0]).Distinct()];

    /// <summary>`dashboard/panel` of each of its panels.</summary>
    internal static IEnumerable<string> PanelsOf(string dashboard) =>
        PanelComparison.PanelsOf(ImportFile.Text()).Keys.Where(panel => panel.StartsWith(dashboard + "/", StringComparison.Ordinal));

    [Fact]
    public void ImportFile_AsCommitted_IsWhatTheDefinitionsGive()
    {
        var folder = Path.Combine(Repository.Root, "infra", "kibana", ImportFile.Folder);
        var committed = Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(static file => (Path.GetFileName(file), File.ReadAllText(file)));
        Assert.True(ImportFile.Parts().SequenceEqual(committed), "run: dotnet run --project infra/kibana");
    }

    [Fact]
    public void ImportFile_Checked_HasNoFindings() => Assert.Empty(ImportCheck.Of(ImportFile.Text(), SinkMapping.Types));

    [Fact]
    public void ImportFile_WrittenTwice_IsTheSame() => Assert.Equal(ImportFile.Text(), ImportFile.Text());

    /// <summary>An import with overwrite replaces objects by type and id: an id that changes would leave a second dashboard behind.</summary>
    [Fact]
    public void SavedObjects_OfEveryVersion_KeepTheirIds() => Assert.Equal(
        [
            "index-pattern/llm-usage", "dashboard/llm-usage-overview", "dashboard/llm-usage-costs", "dashboard/llm-usage-requests",
            "dashboard/llm-usage-latency", "dashboard/llm-usage-co2", "dashboard/llm-usage-data-quality",
        ],
        Objects().Select(FileRules.NameOf));

    /// <summary>Kibana writes these at import; a file that carried them would differ at each export.</summary>
    [Fact]
    public void SavedObjects_OfTheFile_CarryNothingThatChangesByItself()
    {
        string[] changing = ["updated_at", "created_at", "created_by", "updated_by", "version", "namespaces", "originId", "sort"];
        foreach (var one in Objects())
            Assert.Empty(one.EnumerateObject().Select(static member => member.Name).Intersect(changing));
    }

    [Fact]
    public void Dashboards_EachOfThem_HaveTheControlsForTenantTeamAndModel()
    {
        foreach (var dashboard in Objects().Where(static one => one.GetProperty("type").GetString() == "dashboard"))
            Assert.Equal(
                ["llm.attribution.tenant", "llm.attribution.team", "gen_ai.request.model"],
                PanelRules.Controls(dashboard)!.Value.Members().Select(static control => control.Value.At("explicitInput", "fieldName").Text()));
    }

    [Fact]
    public void DataQuality_AndOverview_ShowWhatIsNotKnown()
    {
        Assert.Contains(Sources("llm-usage-data-quality"), static field => field == "llm.cost.status");
        Assert.Contains(Sources("llm-usage-data-quality"), static field => field == "llm.usage_source");
        Assert.Contains(Columns("llm-usage-overview"), static column => column.At("filter", "query").Text() == Metrics.CostIsUncertain.Kql);
    }

    /// <summary>Whether a server is at hand or not.</summary>
    [Fact]
    public void Panels_AllOfThem_HaveAnExpectationOfTheirFigures() => Assert.Equal(
        PanelComparison.PanelsOf(ImportFile.Text()).Keys.Order(StringComparer.Ordinal), PanelExpectations.All.Keys.Order(StringComparer.Ordinal));

    private static IEnumerable<string?> Sources(string dashboard) => Columns(dashboard).Select(static column => column.At("sourceField").Text());

    private static IEnumerable<JsonElement> Columns(string dashboard) =>
        from panel in Panels(dashboard)
        from layer in PanelRules.Layers(panel).Members()
        from column in layer.Value.At("columns").Members()
        select column.Value;

    private static JsonElement[] Panels(string dashboard) =>
        [.. JsonAt.Parse(Objects().Single(one => one.At("id").Text() == dashboard).At("attributes", "panelsJSON").Text())!.Value.Items()];

    private static IEnumerable<JsonElement> Objects() =>
        ImportFile.Text().TrimEnd('\n').Split('\n').Select(static line => JsonSerializer.Deserialize<JsonElement>(line));
}
