using System.Text.Json.Nodes;
using Pipeline.Kibana.Lens;
using Pipeline.Kibana.Tests.Checking;
using Pipeline.Kibana.Tests.Querying;
using Xunit;

namespace Pipeline.Kibana.Tests;

/// <summary>The comparison of figures sees a panel that was defined wrongly: else it would prove nothing.</summary>
[Collection(nameof(IndexedEvents))]
public sealed class FigureSensitivityTests(IndexedEvents indexed)
{
    /// <summary>The known events put every filter to the test.</summary>
    [Theory, MemberData(nameof(ImportFileTests.DashboardNames), MemberType = typeof(ImportFileTests))]
    public void Panels_WithAFilterLeftOut_ShowOtherFigures(string dashboard)
    {
        var server = indexed.OrSkip();
        var filters = ImportFileTests.PanelsOf(dashboard).SelectMany(FiltersOf).ToList();
        Assert.NotEmpty(filters);
        Assert.Empty(
            from filter in filters
            where PanelComparison.Compare(Edited(filter.Remove), filter.Panel, server) is null
            select $"{filter.Panel}, {filter.Name}: shows the same without its filter");
    }

    /// <summary>Dashboard, panel, column, member, and what is put there: nothing but the figures gives these away.</summary>
    private static readonly (string Dashboard, string Panel, string Column, string Member, string Json)[] WrongDefinitions =
    [
        ("overview", "cost", "m0", "sourceField", "\"llm.cost.list_total\""),
        ("overview", "cost", "m0", "filter", """{"query":"llm.cost.currency: \"EUR\"","language":"kuery"}"""),
        ("overview", "uncertain-cost", "m0", "filter", """{"query":"not llm.cost.status: \"priced\"","language":"kuery"}"""),
        ("overview", "co2", "m0", "sourceField", "\"llm.impact.gwp.max\""),
        ("overview", "cost-by-model", "b0", "sourceField", "\"gen_ai.request.model\""),
        ("latency", "duration", "m1", "params", """{"percentile":90}"""),
        ("latency", "duration-over-time", "m0", "sourceField", "\"llm.time_to_first_token_us\""),
        ("costs", "cost-per-call", "m0", "operationType", "\"sum\""),
        ("costs", "spenders", "m0", "sourceField", "\"llm.attribution.team\""),
        ("requests", "token-kinds", "m1", "sourceField", "\"llm.usage.cached_reported\""),
        ("latency", "failed-share-over-time", "m0X0", "filter", """{"query":"llm.outcome: \"ok\"","language":"kuery"}"""),
    ];

    [Fact]
    public void Panels_WithAWrongDefinition_ShowOtherFigures()
    {
        var server = indexed.OrSkip();
        Assert.Empty(
            from wrong in WrongDefinitions
            let file = Edited(file => file.Column(wrong.Dashboard, wrong.Panel, wrong.Column)[wrong.Member] = JsonNode.Parse(wrong.Json))
            where PanelComparison.Compare(file, $"{wrong.Dashboard}/{wrong.Panel}", server) is null
            select $"{wrong}: shows the same");
    }

    private static IEnumerable<(string Panel, string Name, Action<EditableImport> Remove)> FiltersOf(string panel)
    {
        var (dashboard, id) = (panel.Split('/')[0], panel.Split('/')[1]);
        var file = new EditableImport(ImportFile.Text());
        foreach (var (column, content) in file.Layer(dashboard, id)["columns"]!.AsObject())
            if (content!["filter"] is not null) yield return (panel, column, file => file.Column(dashboard, id, column).Remove("filter"));
        if ((string?)file.State(dashboard, id)["query"]!["query"] is { Length: > 0 })
            yield return (panel, "query", file => file.State(dashboard, id)["query"]!["query"] = "");
    }

    private static string Edited(Action<EditableImport> edit)
    {
        var file = new EditableImport(ImportFile.Text());
        edit(file);
        return file.Text();
    }
}
