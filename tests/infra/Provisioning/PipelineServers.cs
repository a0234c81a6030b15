using System.Net.Http.Json;
using System.Text.Json;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Pipeline.Runtime.Log;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Infra.Tests.Provisioning;

/// <summary>A broker, a registry and a cluster of a test class's own: topics and subjects have the product's fixed names.</summary>
public sealed class PipelineServers : IDisposable
{
    private static readonly HttpClient Http = new();

    private readonly RealKafka? _kafka;
    private readonly ServerProcess? _registry;
    private readonly ServerProcess? _cluster;
    private readonly string? _skipReason;
    private readonly string _data = Directory.CreateTempSubdirectory("provisioning-").FullName;

    public PipelineServers()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_data, (UnixFileMode)0b111_101_101);
        _kafka = RealKafka.Start(1, ["auto.create.topics.enable=false"], out _skipReason);
        _registry = _kafka is null ? null : RealRegistry.Start(out _skipReason);
        _cluster = _registry is null ? null : RealElasticsearch.Start(["--data", _data], out _skipReason);
    }

    /// <summary>What every service is told. One broker, so topics are weak.</summary>
    public Dictionary<string, string> Environment
    {
        get
        {
            if (_cluster is null) Assert.Skip(_skipReason ?? "no servers");
            return new Dictionary<string, string>
            {
                ["Kafka__Bootstrap"] = _kafka!.Bootstrap, ["Kafka__AllowWeakTopics"] = "true", ["Kafka__ReplicationFactor"] = "1", ["Kafka__Partitions"] = "4",
                ["Registry__Url"] = _registry!.Address, ["Elasticsearch__Url"] = _cluster.Address, ["Elasticsearch__Replicas"] = "0",
                ["Gateway__Upstreams__openai__BaseAddress"] = "http://127.0.0.1:9", ["Gateway__Upstreams__openai__Api"] = "openai",
            };
        }
    }

    /// <summary>A registry with nothing in it.</summary>
    public static ServerProcess EmptyRegistry()
    {
        var registry = RealRegistry.Start(out var reason);
        if (registry is null) Assert.Skip(reason!);
        return registry!;
    }

    /// <summary>Everything that provisioning is about, as the servers' own answers: topics with partitions and settings, positions, schemas, templates.</summary>
    public async Task<IReadOnlyList<string>> StateAsync()
    {
        var state = new List<string>();
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _kafka!.Bootstrap }).Build();
        var topics = admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.Where(static topic => topic.Topic.StartsWith("llm-", StringComparison.Ordinal)).ToList();
        var settings = await admin.DescribeConfigsAsync(topics.Select(static topic => new ConfigResource { Type = ResourceType.Topic, Name = topic.Topic }));
        foreach (var topic in topics)
            state.Add($"topic {topic.Topic}: {topic.Partitions.Count}, "
                + string.Join(", ", settings.Single(one => one.ConfigResource.Name == topic.Topic).Entries.Values.Where(static entry => !entry.IsDefault).OrderBy(static entry => entry.Name, StringComparer.Ordinal).Select(static entry => $"{entry.Name}={entry.Value}")));
        foreach (var group in Topics.All(4).SelectMany(static topic => topic.Groups).Distinct())
        {
            var positions = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
            state.Add($"positions {group}: " + string.Join(", ", positions.Single().Partitions.OrderBy(static one => one.Partition.Value).Select(static one => $"{one.Topic} {one.Partition.Value} at {one.Offset.Value}")));
        }

        foreach (var subject in (await Http.GetFromJsonAsync<string[]>($"{_registry!.Address}/subjects"))!.Order(StringComparer.Ordinal))
        {
            var versions = await Http.GetStringAsync($"{_registry.Address}/subjects/{subject}/versions");
            state.Add($"schema {subject}: versions {versions}, {await Http.GetStringAsync($"{_registry.Address}/config/{subject}")}");
        }

        foreach (var path in new[] { "_component_template/llm-usage-settings", "_component_template/llm-usage-mappings", "_index_template/llm-usage" })
            state.Add((await Http.GetFromJsonAsync<JsonElement>($"{_cluster!.Address.TrimEnd('/')}/{path}")).GetRawText());
        return state;
    }

    public void Dispose()
    {
        _cluster?.Dispose();
        _registry?.Dispose();
        _kafka?.Dispose();
        Directory.Delete(_data, recursive: true);
    }
}
