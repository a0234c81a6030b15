using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Questions about topics and positions, each answered within a bound; null means that the log is away.</summary>
internal sealed class KafkaAdmin(KafkaClients clients, TimeProvider time) : IDisposable
{
    private readonly Lazy<IAdminClient> _client = new(clients.Admin);

    public IAdminClient Client => _client.Value;

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    /// <summary>Topics that exist. Asking never makes a topic.</summary>
    public IReadOnlyDictionary<string, TopicDescription>? Describe(IEnumerable<string> topics)
    {
        try
        {
            var answer = Client.DescribeTopicsAsync(TopicCollection.OfTopicNames(topics),
                new DescribeTopicsOptions { RequestTimeout = KafkaBounds.AdminRequestBound }).GetAwaiter().GetResult();
            return Existing(answer.TopicDescriptions);
        }
        catch (DescribeTopicsException partly)
        {
            return partly.Results.TopicDescriptions.All(static topic => !topic.Error.IsError || topic.Error.Code == ErrorCode.UnknownTopicOrPart)
                ? Existing(partly.Results.TopicDescriptions) : null;
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    public IReadOnlyDictionary<TopicPartition, PartitionBounds>? Bounds(IReadOnlyCollection<TopicPartition> partitions)
    {
        if (partitions.Count == 0) return new Dictionary<TopicPartition, PartitionBounds>();
        if (Offsets(partitions, OffsetSpec.Earliest()) is not { } starts || Offsets(partitions, OffsetSpec.Latest()) is not { } ends) return null;
        return partitions.ToDictionary(static partition => partition, partition => new PartitionBounds(starts[partition], ends[partition]));
    }

    /// <summary>
    /// The group's committed positions, waiting for transactions that are about to change them; partitions without one are
    /// not in the answer.
    /// </summary>
    public IReadOnlyDictionary<TopicPartition, long>? Positions(string group, IReadOnlyCollection<TopicPartition> partitions)
    {
        if (partitions.Count == 0) return new Dictionary<TopicPartition, long>();
        // By a consumer that never joins: the same question through the administrator makes librdkafka (seen in 2.15.1) write
        // through a null pointer when the group's coordinator is moving or still loading.
        using var consumer = clients.GroupName(group).Build();
        var began = time.GetTimestamp();
        while (true)
        {
            var found = AskPositions(consumer, partitions);
            if (found is null || !found.Any(static one => one.Error.IsError))
                return found?.Where(static one => one.Offset.Value >= 0).ToDictionary(static one => one.TopicPartition.ToOurs(), static one => one.Offset.Value);

            // A transaction with a position of this partition is being ended: soon there is a stable one.
            var isUnstable = found.All(static one => !one.Error.IsError || one.Error.Code == ErrorCode.UnstableOffsetCommit);
            if (!isUnstable || time.GetElapsedTime(began) > KafkaBounds.PositionsBound) return null;
            Thread.Sleep(KafkaBounds.RetryBackoffMs);
        }
    }

    /// <summary>Null when the log is away.</summary>
    private static List<TopicPartitionOffsetError>? AskPositions(IConsumer<byte[], byte[]> consumer, IReadOnlyCollection<TopicPartition> partitions)
    {
        try
        {
            return [.. consumer.Committed(partitions.Select(static partition => partition.ToClient()), KafkaBounds.PositionsBound)
                .Select(static one => new TopicPartitionOffsetError(one, new Error(ErrorCode.NoError)))];
        }
        catch (TopicPartitionOffsetException partly)
        {
            return partly.Results;
        }
        catch (KafkaException error) when (error.Error.Code == ErrorCode.UnstableOffsetCommit)
        {
            return [.. partitions.Select(partition => new TopicPartitionOffsetError(partition.ToClient(), Offset.Unset, error.Error))];
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    private Dictionary<TopicPartition, long>? Offsets(IReadOnlyCollection<TopicPartition> partitions, OffsetSpec where)
    {
        try
        {
            // The end counts uncommitted records too: what is there must not be taken for an empty partition.
            var answer = Client.ListOffsetsAsync(
                partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition.ToClient(), OffsetSpec = where }),
                new ListOffsetsOptions { RequestTimeout = KafkaBounds.AdminRequestBound, IsolationLevel = IsolationLevel.ReadUncommitted }).GetAwaiter().GetResult();
            return answer.ResultInfos.Any(static info => info.TopicPartitionOffsetError.Error.IsError) ? null
                : answer.ResultInfos.ToDictionary(
                    static info => info.TopicPartitionOffsetError.TopicPartition.ToOurs(), static info => info.TopicPartitionOffsetError.Offset.Value);
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    private static Dictionary<string, TopicDescription> Existing(IEnumerable<TopicDescription> topics) =>
        topics.Where(static topic => !topic.Error.IsError).ToDictionary(static topic => topic.Name, StringComparer.Ordinal);
}
