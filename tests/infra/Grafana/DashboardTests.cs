using System.Text.Json.Nodes;
using Pipeline.Infra.Tests.Prometheus;
using Xunit;

namespace Pipeline.Infra.Tests.Grafana;

public sealed class DashboardTests
{
    private const string Dashboard = "infra/grafana/dashboards/llm-usage-pipeline.json";

    [Fact]
    public void Dashboard_AsCommitted_IsWhole()
    {
        var findings = Findings(Repository.Read(Dashboard)).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    /// <summary>What is changed into what, and what the finding must mention.</summary>
    public static TheoryData<string, string, string> Faults => new()
    {
        { "pipeline_gateway_calls_in_flight", "pipeline_gateway_calls", "no code makes pipeline_gateway_calls" },
        { "sum by (price_key)", "sum by (model)", "label model" },
        { "label_values(pipeline_gateway_attempts_total, upstream)", "label_values(pipeline_gateway_attempts_total, provider)", "label provider" },
        { "{{cost_status}}", "{{status}}", "legend" },
        { "upstream=~\\\"$upstream\\\"", "upstream=~\\\"$provider\\\"", "$provider" },
        { "\"id\": 2,", "\"id\": 3,", "twice" },
        { "\"w\": 8", "\"w\": 9", "beyond" },
        { "\"uid\": \"${DS}\"", "\"uid\": \"abc\"", "data source" },
        { "\"y\": 1,", "\"y\": 0,", "overlaps" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Dashboard_SeededFault_IsFound(string from, string to, string mentioned)
    {
        var clean = Repository.Read(Dashboard);
        var text = clean.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(clean, text);
        Assert.Contains(Findings(text), finding => finding.Contains(mentioned, StringComparison.Ordinal));
    }

    [Fact]
    public void Queries_EachOne_IsPromql()
    {
        var findings = NodeChecks.Run("promql", Queries(JsonNode.Parse(Repository.Read(Dashboard))!).Select(static (query, index) => (query, index)).ToDictionary(
            static query => $"{query.index}", static query => query.query.Text.Replace("$__rate_interval", "5m", StringComparison.Ordinal).Replace("$__range", "1h", StringComparison.Ordinal)));
        Assert.Empty(findings.SelectMany(static of => of.Value));
    }

    /// <summary>What compose mounts is what the provider looks for.</summary>
    [Fact]
    public void Provisioning_PointsAtTheMountedFolder()
    {
        var path = Yaml.Documents(Repository.Read("infra/grafana/provisioning/dashboards/llm-usage.yml")).Single()["providers"].Items().Single().At("options", "path").Text();
        var volumes = Yaml.Documents(Repository.Read("infra/compose/compose.yaml")).Single().At("services", "grafana", "volumes").Items()
            .Select(static volume => volume.Text());
        Assert.Contains($"../grafana/dashboards:{path}:ro", volumes);
    }

    private static IEnumerable<(JsonNode Panel, string Text, string Legend)> Queries(JsonNode dashboard) =>
        from panel in dashboard["panels"].Items()
        from target in panel["targets"].Items()
        select (panel, target["expr"].Text()!, target["legendFormat"].Text() ?? "");

    private static IEnumerable<string> Findings(string text)
    {
        var dashboard = JsonNode.Parse(text)!;
        var rules = new QueryRules(RulesFile.Read().Records);
        foreach (var twice in dashboard["panels"].Items().GroupBy(static panel => panel["id"].Text()).Where(static same => same.Count() > 1)) yield return $"panel id {twice.Key} is there twice";
        var variables = dashboard.At("templating", "list").Items().Select(static variable => "$" + variable["name"].Text()).Concat(["$__rate_interval", "$__range"]).ToHashSet();
        foreach (var (panel, query, legend) in Queries(dashboard))
        {
            foreach (var finding in rules.Findings(query)) yield return finding;
            foreach (var word in query.Split(['"', '[', ']', ' ']).Where(static word => word.StartsWith('$')))
                if (!variables.Contains(word)) yield return $"{panel["title"]}: {word} is no variable";
            foreach (var label in legend.Split("{{").Skip(1).Select(static part => part.Split("}}")[0]))
                if (!rules.KnownLabels(query).Contains(label)) yield return $"{panel["title"]}: its legend uses {label}";
            if (panel.At("datasource", "uid").Text() != "${DS}") yield return $"{panel["title"]}: names a data source of its own";
        }

        foreach (var variable in dashboard.At("templating", "list").Items().Select(static variable => variable["definition"].Text()).OfType<string>())
        {
            var parts = variable["label_values(".Length..^1].Split(", ");
            foreach (var finding in rules.Findings($"sum by ({parts[1]}) ({parts[0]})")) yield return finding;
        }

        var places = dashboard["panels"].Items().Select(static panel => (Title: panel["title"].Text(), X: Number(panel, "x"), Y: Number(panel, "y"), Width: Number(panel, "w"), Height: Number(panel, "h"))).ToList();
        foreach (var place in places)
        {
            if (place.X + place.Width > 24) yield return $"{place.Title}: goes beyond the grid";
            if (places.Any(other => other != place && other.X < place.X + place.Width && place.X < other.X + other.Width && other.Y < place.Y + place.Height && place.Y < other.Y + other.Height))
                yield return $"{place.Title}: overlaps another panel";
        }
    }

    private static int Number(JsonNode panel, string name) => (int)panel["gridPos"]![name]!;
}
