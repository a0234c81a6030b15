using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Infra.Tests.Provisioning;

/// <summary>`SERVICE --provision` on real servers: all is made, again changes nothing, services find it; and it says why when it cannot.</summary>
public sealed class ProvisionTests(PipelineServers servers) : IClassFixture<PipelineServers>
{
    private static readonly string Folder = Path.GetTempPath();

    [Fact]
    public async Task Provision_Again_ChangesNothingAndServicesFindAll()
    {
        var (exitCode, output, errors) = Provision("es-sink");
        Assert.True(exitCode == 0, output + errors);
        foreach (var topic in Topics.All(4))
        {
            Assert.Contains($"topic {topic.Name}: made, {topic.Partitions} partitions\n", output);
            foreach (var group in topic.Groups) Assert.Contains($"positions of {group}: written for 4 partitions\n", output);
        }

        foreach (var schema in SchemaSet.All) Assert.Contains($"schema {schema.Subject}: registered, id ", output);
        foreach (var template in new[] { "llm-usage-settings", "llm-usage-mappings", "llm-usage" }) Assert.Contains($"template {template}: written, it was missing\n", output);

        var state = await servers.StateAsync();
        Assert.Equal(Topics.All(4).Count + Topics.All(4).SelectMany(static topic => topic.Groups).Distinct().Count() + SchemaSet.All.Count + 3, state.Count);
        Assert.Contains(state, static line => line.StartsWith("topic llm-usage-raw: 4, ", StringComparison.Ordinal) && line.Contains("message.timestamp.type=LogAppendTime", StringComparison.Ordinal) && line.Contains("max.message.bytes=327680", StringComparison.Ordinal));
        Assert.Contains("positions es-sink: llm-usage 0 at 0, llm-usage 1 at 0, llm-usage 2 at 0, llm-usage 3 at 0", state);
        Assert.Equal(SchemaSet.All.Count, state.Count(static line => line.StartsWith("schema ", StringComparison.Ordinal) && line.Contains("versions [1]", StringComparison.Ordinal) && line.Contains("BACKWARD", StringComparison.Ordinal)));

        foreach (var service in ServicePrograms.Names)
        {
            (exitCode, output, errors) = Provision(service);
            Assert.True(exitCode == 0, output + errors);
            Assert.DoesNotMatch("(?m): (made|grown|written|registered)", output);
            Assert.Contains("topic llm-usage: there, 4 partitions\n", output);
        }

        Assert.Equal(state, await servers.StateAsync());

        AssertRefused(Provision("es-sink", ("Elasticsearch__Url", "http://127.0.0.1:9"), ("Provisioning__Timeout", "20s")), "no answer from 127.0.0.1:9");

        using (var registry = PipelineServers.EmptyRegistry())
            AssertRefused(Provision("usage-enricher", ("Registry__Url", registry.Address), ("Registry__Register", "false")), $"looking up the schema of {SchemaSet.All[0].Subject}", "set Registry:Register to true");
        await StartWithoutRightsAsync();
    }

    /// <summary>Without the right to register anything: all that services need is there.</summary>
    private async Task StartWithoutRightsAsync()
    {
        foreach (var service in new[] { "usage-enricher", "es-sink", "budget-watcher" })
        {
            var admin = $"127.0.0.1:{FreePorts.One()}";
            using var process = new ServiceProcess(service, $"http://{admin}", new Dictionary<string, string>(servers.Environment) { ["Admin__Address"] = admin, ["Registry__Register"] = "false" });
            await process.StartAsync();
            Assert.Equal(0, await process.StopAsync());
            Assert.DoesNotContain("TopicMade", process.Output);
            Assert.DoesNotContain("TemplateWritten", process.Output);
        }
    }

    [Fact]
    public void Provision_TopicsWeakerThanNeeded_IsRefused() =>
        AssertRefused(Provision("usage-enricher", ("Kafka__AllowWeakTopics", "false"), ("Kafka__ReplicationFactor", "3")), "topics are not as the guarantees need them");

    [Theory]
    [InlineData("Kafka__Bootstrap", "127.0.0.1:9", "2s", "kafka 127.0.0.1:9 cannot be reached")]
    [InlineData("Registry__Url", "http://127.0.0.1:9", "20s", "check Registry:Url")]
    public void Provision_ServerIsAway_GivesUpAfterItsTimeWithTheReason(string option, string value, string timeout, string reason) =>
        AssertRefused(Provision("es-sink", (option, value), ("Provisioning__Timeout", timeout)), reason);

    [Fact]
    public void Provision_BadOptions_EndsWithTwo()
    {
        var (exitCode, _, errors) = Provision("es-sink", ("Elasticsearch__Url", ""), ("Provisioning__Timeout", "never"));
        Assert.Equal(2, exitCode);
        Assert.Contains("Elasticsearch:Url: is missing", errors);
        Assert.Contains("Provisioning:Timeout", errors);
    }

    /// <summary>The embedded engine has the same command; nothing is started for it.</summary>
    [Fact]
    public void Provision_EmbeddedLog_IsMadeInItsFolder()
    {
        var folder = Directory.CreateTempSubdirectory("provision-").FullName;
        try
        {
            var environment = new Dictionary<string, string> { ["Log__Engine"] = "embedded", ["Log__Path"] = folder };
            var (exitCode, output, errors) = ServicePrograms.Run("usage-enricher", Folder, environment, "--provision");
            Assert.True(exitCode == 0, output + errors);
            Assert.Contains("topic llm-usage-raw: made, 12 partitions\n", output);
            (exitCode, output, _) = ServicePrograms.Run("usage-enricher", Folder, environment, "--provision");
            Assert.Equal(0, exitCode);
            Assert.DoesNotMatch("(?m): (made|grown|written|registered)", output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A second command of a service does not take it: nothing would be provisioned, and nobody told.</summary>
    [Fact]
    public void Provision_OfAnotherCommand_IsUnknown()
    {
        var (exitCode, _, errors) = ServicePrograms.Run("gateway-edge", Folder, new Dictionary<string, string>(), "ship", "--spool", Folder, "--provision");
        Assert.Equal(2, exitCode);
        Assert.Contains("--provision: unknown argument", errors);
    }

    private (int ExitCode, string Output, string Errors) Provision(string service, params (string Option, string Value)[] settings)
    {
        var environment = servers.Environment;
        foreach (var (option, value) in settings) environment[option] = value;
        return ServicePrograms.Run(service, Folder, environment, "--provision");
    }

    private static void AssertRefused((int ExitCode, string Output, string Errors) run, params string[] reasons)
    {
        Assert.True(run.ExitCode == 1, $"exit code {run.ExitCode}\n{run.Output}{run.Errors}");
        var line = Assert.Single(run.Errors.Split('\n'), static line => line.Contains(": --provision: ", StringComparison.Ordinal));
        foreach (var reason in reasons) Assert.Contains(reason, line);
    }
}
