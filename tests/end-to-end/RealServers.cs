using Xunit;

// The runs share the consumer groups: one after the other, so that none kills or starts services under another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Pipeline.EndToEnd;

/// <summary>The servers that operators run: the ones named by the environment, else started by scripts, else the test is skipped.</summary>
public sealed class RealServers
{
    private readonly string? _kafka = RealKafka.Shared(out _);
    private readonly string? _registry = RealRegistry.Shared(out _);
    private readonly string? _elasticsearch = RealElasticsearch.Shared(out _);

    public string Kafka => _kafka ?? Skipped(RealKafka.EnvironmentName);
    public string Registry => _registry ?? Skipped(RealRegistry.EnvironmentName);
    public string Elasticsearch => _elasticsearch ?? Skipped(RealElasticsearch.EnvironmentName);

    public ServerAddresses Addresses => new(Kafka, Registry, Elasticsearch);

    private static string Skipped(string name)
    {
        Assert.Skip($"no server for {name}: set it, or PIPELINE_SERVERS to a folder of start scripts");
        return "";
    }
}

/// <summary>Where one pipeline's servers are: the shared ones, or a test's own that it may stop.</summary>
/// <param name="Kafka">`host:port` of the first broker.</param>
/// <param name="Registry">URL of the Confluent-compatible API.</param>
/// <param name="Elasticsearch">URL of the cluster.</param>
public sealed record ServerAddresses(string Kafka, string Registry, string Elasticsearch);
