using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pipeline.Infra.Tests.Kubernetes;
using Xunit;

namespace Pipeline.Infra.Tests.Prometheus;

public sealed partial class RulesTests
{
    [Fact]
    public void Rules_AsCommitted_NameWhatTheCodeMakes()
    {
        var findings = Findings(Repository.Read("infra/prometheus/rules.yml")).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    /// <summary>What is changed in the rules into what, and what the finding must mention.</summary>
    public static TheoryData<string, string, string> Faults => new()
    {
        { "pipeline_spool_lost_total", "pipeline_spool_loss_total", "no code makes pipeline_spool_loss_total" },
        { "pipeline_transaction_seconds_bucket", "pipeline_transaction_duration_seconds_bucket", "no code makes" },
        { "pipeline_budget_spent_ratio", "pipeline_budget_spent_ratio_total", "no code makes" },
        { "pipeline:lag_records:sum > 50000", "pipeline:lag:sum > 50000", "no code makes pipeline:lag:sum" },
        { "pipeline_gateway_attempts_total{outcome=", "pipeline_gateway_attempts_total{result=", "no label result" },
        { "upstream_error|timeout", "upstream_error|timed_out", "timed_out" },
        { "reason=~\"busy|spool_full\"", "reason=~\"busy|full\"", "full" },
        { "result=~\"refused|expired\"", "result=~\"dead|expired\"", "dead" },
        { "unpriced_model|unpriced_dimension", "unpriced|unpriced_dimension", "unpriced" },
        { "outcome=\"committed\"", "outcome=\"commited\"", "commited" },
        { "outcome!=\"delivered\"", "outcome!=\"sent\"", "sent" },
        { "sum by (stage, topic, reason)", "sum by (stage, topic, cause)", "label cause" },
        { "on (upstream)", "on (provider)", "label provider" },
        { "{{ $labels.webhook }}", "{{ $labels.hook }}", "label hook" },
        { "labels: {severity: page}", "labels: {severity: urgent}", "severity urgent" },
        { "docs/operations.md#budgetspent", "docs/operations.md#budget", "runbook" },
        { "- alert: RegistryFailing", "- alert: RegistryIsAway", "has no page" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Rules_SeededFault_IsFound(string from, string to, string mentioned)
    {
        var clean = Repository.Read("infra/prometheus/rules.yml");
        var text = clean.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(clean, text);
        Assert.Contains(Findings(text), finding => finding.Contains(mentioned, StringComparison.Ordinal));
    }

    [Fact]
    public void Expressions_EachOne_IsPromql()
    {
        var texts = RulesFile.Read().Rules.ToDictionary(static rule => (rule["alert"] ?? rule["record"]).Text()!, static rule => rule["expr"].Text()!);
        texts.Add("a seeded fault", "sum by (stage) (rate(pipeline_transactions_total[5m]) > 0");
        var findings = NodeChecks.Run("promql", texts);
        Assert.NotEmpty(findings["a seeded fault"]);
        Assert.Empty(findings.Where(static of => of.Key != "a seeded fault").SelectMany(static of => of.Value));
    }

    /// <summary>The operator's object has the same groups.</summary>
    [Fact]
    public void OperatorsRules_AreTheSame()
    {
        var made = Yaml.Documents(Repository.Read("infra/kubernetes/components/monitoring/rules.yaml")).Single();
        Assert.True(
            JsonNode.DeepEquals(made.At("spec", "groups"), RulesFile.Read().Document["groups"]),
            "infra/kubernetes/components/monitoring/rules.yaml is not what infra/prometheus/operator-rules writes: run it");
    }

    /// <summary>What the autoscaler asks for is recorded.</summary>
    [Fact]
    public void ScaledObjects_Query_IsRecorded()
    {
        var rules = new QueryRules(RulesFile.Read().Records);
        var queries = Rendered.Of(Rendered.Operators).OfKind("ScaledObject").SelectMany(static scaler => scaler.At("spec", "triggers").Items())
            .Select(static trigger => trigger.At("metadata", "query").Text()).OfType<string>().ToList();
        Assert.NotEmpty(queries);
        Assert.Empty(queries.SelectMany(rules.Findings));
    }

    /// <summary>The rules tell services apart by job: what scrapes them must name the jobs so, at the ports where they listen.</summary>
    [Fact]
    public void ScrapeConfiguration_HasEveryServiceAtItsPort()
    {
        var jobs = Yaml.Documents(Repository.Read("infra/prometheus/prometheus.yml")).Single()["scrape_configs"].Items()
            .ToDictionary(static job => job["job_name"].Text()!, static job => job["static_configs"].Items().SelectMany(static group => group["targets"].Items()).Single().Text());
        var expected = Rendered.Of(Rendered.Base).Services.ToDictionary(static service => service.Name, static service => $"{service.Name}:{service.Environment["Admin__Address"].Split(':')[1]}");
        Assert.Equal(expected.OrderBy(static job => job.Key), jobs.OrderBy(static job => job.Key)!);
    }

    private static IEnumerable<string> Findings(string text)
    {
        var file = RulesFile.From(text);
        var rules = new QueryRules(file.Records);
        var pages = Heading().Matches(Repository.Read("docs/operations.md")).Select(static heading => heading.Groups[1].Value).ToHashSet();
        foreach (var rule in file.Rules)
        foreach (var finding in rules.Findings(rule["expr"].Text()!)) yield return finding;

        foreach (var alert in file.Alerts)
        {
            var name = alert["alert"].Text()!;
            if (alert.At("labels", "severity").Text() is not ("page" or "ticket")) yield return $"{name}: severity {alert.At("labels", "severity")}";
            if (alert.At("annotations", "runbook").Text() != $"docs/operations.md#{name.ToLowerInvariant()}")
                yield return $"{name}: its runbook is not its page";
            if (!pages.Contains(name)) yield return $"{name}: has no page in docs/operations.md";
            var known = rules.KnownLabels(alert["expr"].Text()!);
            foreach (Match label in TemplateLabel().Matches(alert.At("annotations", "summary").Text() ?? ""))
                if (!known.Contains(label.Groups[1].Value)) yield return $"{name}: its summary uses the label {label.Groups[1].Value}";
        }

        var alerts = file.Alerts.Select(static alert => alert["alert"].Text()!).ToHashSet();
        foreach (var page in pages.Except(alerts)) yield return $"docs/operations.md: {page} is no alert";
    }

    [GeneratedRegex(@"^#### (\w+)", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\$labels\.(\w+)")]
    private static partial Regex TemplateLabel();
}
