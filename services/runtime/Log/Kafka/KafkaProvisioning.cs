using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>
/// Makes what is missing and checks what is there: (1) topics, (2) partitions, (3) settings, (4) position 0 of every group.
/// Several services do this at once: whoever comes second finds it done.
/// </summary>
internal sealed partial class KafkaProvisioning(KafkaOptions options, KafkaAdmin admin, KafkaLog log, TimeProvider time, ILogger logger)
{
    private readonly HashSet<TopicPartition> _made = [];

    /// <param name="Failures">What could not be made.</param>
    /// <param name="Weaknesses">What is weaker than the guarantees need.</param>
    internal sealed record Findings(IReadOnlyList<string> Failures, IReadOnlyList<string> Weaknesses);

    /// <returns>Null when the log is away.</returns>
    public Findings? Run(IReadOnlyList<TopicSpec> topics)
    {
        try
        {
            if (MakeTopics(topics) is { Count: > 0 } failures) return new Findings(failures, []);
            if (DescribeAll(topics) is not { } found) return null;
            if (AddPartitions(topics, found) && (found = DescribeAll(topics)) is null) return null;
            var weaknesses = Check(topics, found);
            return WritePositions(topics, found) ? new Findings([], weaknesses) : null;
        }
        catch (KafkaException error)
        {
            ProvisioningFailed(logger, error.Error.Code, error.Error.Reason);
            return null;
        }
    }

    private List<string> MakeTopics(IReadOnlyList<TopicSpec> topics)
    {
        var existing = admin.Describe(topics.Select(static topic => topic.Name)) ?? throw new KafkaException(ErrorCode.Local_AllBrokersDown);
        var missing = topics.Where(topic => !existing.ContainsKey(topic.Name)).ToArray();
        if (missing.Length == 0) return [];

        var replication = options.ReplicationFactor;
        if (options.AllowWeakTopics) replication = Math.Min(replication, Brokers());
        try
        {
            admin.Client.CreateTopicsAsync(missing.Select(topic => new TopicSpecification
            {
                Name = topic.Name,
                NumPartitions = topic.Partitions,
                ReplicationFactor = (short)replication,
                Configs = TopicRequirements.Settings(topic, replication),
            }), new CreateTopicsOptions { RequestTimeout = KafkaBounds.AdminRequestBound, OperationTimeout = KafkaBounds.AdminRequestBound }).GetAwaiter().GetResult();
            foreach (var topic in missing) Made(topic, 0);
            return [];
        }
        catch (CreateTopicsException partly)
        {
            foreach (var topic in missing)
                if (partly.Results.Any(result => result.Topic == topic.Name && !result.Error.IsError)) Made(topic, 0);
            return [.. partly.Results.Where(static result => result.Error.IsError && result.Error.Code != ErrorCode.TopicAlreadyExists)
                .Select(static result => $"{result.Topic}: cannot be made: {result.Error.Code} {result.Error.Reason}")];
        }
    }

    /// <summary>All topics with all partitions led, waiting for those that were just made.</summary>
    private IReadOnlyDictionary<string, TopicDescription>? DescribeAll(IReadOnlyList<TopicSpec> topics)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var found = admin.Describe(topics.Select(static topic => topic.Name));
            var isComplete = found is not null && topics.All(topic => found.TryGetValue(topic.Name, out var one)
                && one.Partitions.Count > 0 && one.Partitions.All(static partition => partition.Leader is not null)
                && _made.All(made => made.Topic != topic.Name || made.Partition < one.Partitions.Count));
            if (isComplete) return found;
            if (time.GetElapsedTime(began) > KafkaBounds.ProvisioningBound) return null;
            Thread.Sleep(KafkaBounds.ProvisioningRetryWait);
        }
    }

    private bool AddPartitions(IReadOnlyList<TopicSpec> topics, IReadOnlyDictionary<string, TopicDescription> found)
    {
        var growing = topics.Where(topic => !topic.HasFixedPartitions && !topic.IsForeign && found[topic.Name].Partitions.Count < topic.Partitions).ToArray();
        if (growing.Length == 0) return false;
        try
        {
            admin.Client.CreatePartitionsAsync(growing.Select(static topic => new PartitionsSpecification { Topic = topic.Name, IncreaseTo = topic.Partitions }),
                new CreatePartitionsOptions { RequestTimeout = KafkaBounds.AdminRequestBound, OperationTimeout = KafkaBounds.AdminRequestBound }).GetAwaiter().GetResult();
            foreach (var topic in growing) Made(topic, found[topic.Name].Partitions.Count);
        }
        catch (CreatePartitionsException partly) when (partly.Results.All(static result => !result.Error.IsError || result.Error.Code == ErrorCode.InvalidPartitions))
        {
            // Another service was first with at least as many; it writes their positions.
        }

        return true;
    }

    private List<string> Check(IReadOnlyList<TopicSpec> topics, IReadOnlyDictionary<string, TopicDescription> found)
    {
        var settings = admin.Client.DescribeConfigsAsync(
            topics.Select(static topic => new ConfigResource { Type = ResourceType.Topic, Name = topic.Name }),
            new DescribeConfigsOptions { RequestTimeout = KafkaBounds.AdminRequestBound }).GetAwaiter().GetResult();
        var byTopic = settings.ToDictionary(static one => one.ConfigResource.Name,
            static one => one.Entries.ToDictionary(static entry => entry.Key, static entry => entry.Value.Value ?? "", StringComparer.Ordinal), StringComparer.Ordinal);
        return [.. topics.Where(static topic => !topic.IsForeign).SelectMany(topic => TopicRequirements.Defects(topic, found[topic.Name].Partitions.Count,
            found[topic.Name].Partitions.Min(static partition => partition.Replicas.Count), byTopic[topic.Name]))];
    }

    /// <summary>Position 0 where a group has none, on partitions made just now and on those that never held a record.</summary>
    private bool WritePositions(IReadOnlyList<TopicSpec> topics, IReadOnlyDictionary<string, TopicDescription> found)
    {
        var began = time.GetTimestamp();
        foreach (var group in topics.SelectMany(static topic => topic.Groups).Distinct())
        {
            var partitions = topics.Where(topic => topic.Groups.Contains(group))
                .SelectMany(topic => found[topic.Name].Partitions.Select(partition => new TopicPartition(topic.Name, partition.Partition))).ToArray();
            while (!TryWritePositions(group, partitions))
            {
                // The coordinator of a group's first positions may still be on its way.
                if (time.GetElapsedTime(began) > KafkaBounds.ProvisioningBound) return false;
                Thread.Sleep(KafkaBounds.ProvisioningRetryWait);
            }
        }

        return true;
    }

    private bool TryWritePositions(string group, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (admin.Positions(group, partitions) is not { } known) return false;
        var without = partitions.Where(partition => !known.ContainsKey(partition)).ToArray();
        if (without.Length == 0) return true;
        if (admin.Bounds(without) is not { } bounds) return false;
        var begin = without.Where(partition => _made.Contains(partition) || bounds[partition] is { Start: 0, End: 0 }).ToArray();
        if (begin.Length == 0) return true;
        try
        {
            admin.Client.AlterConsumerGroupOffsetsAsync(
                [new ConsumerGroupTopicPartitionOffsets(group, [.. begin.Select(static partition => partition.At(0))])],
                new AlterConsumerGroupOffsetsOptions { RequestTimeout = KafkaBounds.PositionsBound }).GetAwaiter().GetResult();
            return true;
        }
        catch (AlterConsumerGroupOffsetsException error)
        {
            var isInUse = error.Results.Any(static result => IsInUse(result.Error.Code) || result.Partitions.Any(static one => IsInUse(one.Error.Code)));
            // Members find empty partitions by themselves, but one just made may hold records before they look.
            return isInUse && WriteBesideMembers(group, [.. begin.Where(_made.Contains)]);
        }
    }

    /// <summary>The administrator may not write a group's positions while it has members; a transaction may.</summary>
    private bool WriteBesideMembers(string group, IReadOnlyList<TopicPartition> partitions)
    {
        if (partitions.Count == 0) return true;
        using var writer = log.OpenWriter($"provisioning.{group}", out _);
        var positions = new PositionCommit(group, partitions.ToDictionary(static partition => partition, static _ => 0L));
        return writer?.Execute(new LogTransaction([], positions)).Outcome == TransactionOutcome.Committed;
    }

    private static bool IsInUse(ErrorCode code) => code is ErrorCode.UnknownMemberId or ErrorCode.NonEmptyGroup;

    private int Brokers() => admin.Client.DescribeClusterAsync(new DescribeClusterOptions { RequestTimeout = KafkaBounds.AdminRequestBound })
        .GetAwaiter().GetResult().Nodes.Count;

    private void Made(TopicSpec topic, int from)
    {
        for (var partition = from; partition < topic.Partitions; partition++) _made.Add(new TopicPartition(topic.Name, partition));
        TopicMade(logger, topic.Name, from, topic.Partitions);
    }

    [LoggerMessage(70, LogLevel.Information, "TopicMade {Topic}: partitions {From} up to {To}", EventName = "TopicMade")]
    private static partial void TopicMade(ILogger logger, string topic, int from, int to);

    [LoggerMessage(71, LogLevel.Warning, "ProvisioningFailed {Code}: {Reason}", EventName = "ProvisioningFailed")]
    private static partial void ProvisioningFailed(ILogger logger, ErrorCode code, string reason);
}
