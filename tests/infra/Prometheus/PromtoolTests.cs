using System.Text.Json.Nodes;
using Xunit;

namespace Pipeline.Infra.Tests.Prometheus;

/// <summary>Prometheus' own tool: PIPELINE_PROMTOOL or promtool on the path; Debian's package prometheus brings it.</summary>
public sealed class PromtoolTests
{
    private const string Rules = "rules.yml", Tests = "rules_test.yml";

    private static readonly string Folder = Repository.PathOf("infra/prometheus");

    [Fact]
    public void Rules_AsCommitted_PassPromtool()
    {
        AssertPasses(Promtool(Folder, "check", "rules", Rules));
        AssertPasses(Promtool(Folder, "check", "config", "prometheus.yml"));
        AssertPasses(Promtool(Folder, "test", "rules", Tests));
    }

    /// <summary>Each alert has a test that it fires and one that it stays quiet: an alert that never fires, or always, breaks its own.</summary>
    [Theory, InlineData("vector(0) > 1"), InlineData("vector(1)")]
    public void Alerts_WithAnotherExpression_FailTheirTests(string expression)
    {
        var file = RulesFile.Read();
        foreach (var alert in file.Alerts)
        {
            alert["expr"] = expression;
            alert.AsObject().Remove("for");
        }

        var folder = Directory.CreateTempSubdirectory("rules-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, Rules), file.Document.ToJsonString());
            File.Copy(Path.Combine(Folder, Tests), Path.Combine(folder, Tests));
            var (exitCode, output) = Promtool(folder, "test", "rules", Tests);
            Assert.NotEqual(0, exitCode);
            foreach (var alert in file.Alerts) Assert.Contains($"alertname: {alert["alert"].Text()},", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Also where promtool is missing: no alert without both tests.</summary>
    [Fact]
    public void Alerts_EachOne_HasBothTests()
    {
        var cases = Yaml.Documents(Repository.Read("infra/prometheus/" + Tests)).Single()["tests"].Items().SelectMany(static test => test["alert_rule_test"].Items())
            .Select(static test => (Name: test["alertname"].Text()!, Fires: test["exp_alerts"].Items().Any())).ToHashSet();
        foreach (var alert in RulesFile.Read().Alerts)
        {
            Assert.Contains((alert["alert"].Text()!, true), cases);
            Assert.Contains((alert["alert"].Text()!, false), cases);
        }
    }

    private static (int ExitCode, string Output) Promtool(string folder, params string[] arguments)
    {
        var (exitCode, output, errors) = Repository.Run(Environment.GetEnvironmentVariable("PIPELINE_PROMTOOL") ?? "promtool", arguments, folder);
        return (exitCode, output + errors);
    }

    private static void AssertPasses((int ExitCode, string Output) run) => Assert.True(run.ExitCode == 0, run.Output);
}
