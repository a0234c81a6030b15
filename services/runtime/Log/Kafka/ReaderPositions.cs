using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Where each owned partition is read from: its committed position, and nothing else.</summary>
internal sealed partial class ReaderPositions(string group, StartFrom? startFrom, KafkaAdmin admin, ILogger logger)
{
    private readonly Dictionary<TopicPartition, StoppedPartition> _stopped = [];

    /// <summary>A new list whenever it changes, so that it can be handed to other threads.</summary>
    public IReadOnlyList<StoppedPartition> Stopped { get; private set; } = [];

    public bool IsStopped(TopicPartition partition) => _stopped.ContainsKey(partition);

    public void Forget(IEnumerable<TopicPartition> partitions)
    {
        var forgot = false;
        foreach (var partition in partitions) forgot |= _stopped.Remove(partition);
        if (forgot) Stopped = [.. _stopped.Values];
    }

    /// <summary>Reads the committed positions, waiting for transactions that are about to change them.</summary>
    /// <returns>Where to read from; stopped partitions are left out. Null when the log does not say.</returns>
    public List<TopicPartitionOffset>? Read(IConsumer<byte[], byte[]> consumer, IReadOnlyCollection<TopicPartition> partitions)
    {
        List<TopicPartitionOffset> committed;
        try
        {
            committed = consumer.Committed(partitions.Select(static partition => partition.ToClient()), KafkaBounds.PositionsBound);
        }
        catch (KafkaException error)
        {
            PositionsNotRead(logger, group, error.Error.Code);
            return null;
        }

        var missing = committed.Where(static one => one.Offset.Value < 0).Select(static one => one.TopicPartition.ToOurs()).ToArray();
        if (missing.Length == 0) return committed;

        var found = committed.Where(static one => one.Offset.Value >= 0).ToList();
        if (admin.Bounds(missing) is not { } bounds) return null;
        foreach (var partition in missing)
        {
            var (start, end) = (bounds[partition].Start, bounds[partition].End);
            // A partition that has never held a record has only one possible position.
            if (start == 0 && end == 0) found.Add(partition.At(0));
            else if (Chosen(bounds[partition]) is { } chosen) found.Add(partition.At(chosen));
            else Stop(partition, null, $"group {group} has no committed position on {partition}, which holds offsets {start} to {end}; start with --start-from earliest or latest");
        }

        return Store(consumer, found.Where(one => missing.Contains(one.TopicPartition.ToOurs()))) ? found : null;
    }

    /// <summary>The broker no longer has, or does not have yet, what is at the position.</summary>
    /// <returns>True when the group shall be joined anew: the operator had said from where to go on, or the log did not answer.</returns>
    public bool OutOfRange(IConsumer<byte[], byte[]> consumer, TopicPartition partition, long position)
    {
        // Without an answer nothing may be counted or skipped: joining anew asks again.
        if (admin.Bounds([partition]) is not { } bounds) return true;

        var (start, end) = (bounds[partition].Start, bounds[partition].End);
        var lost = position < start ? start - position : Math.Max(0, position - end);
        if (Chosen(bounds[partition]) is { } chosen)
        {
            if (Store(consumer, [partition.At(chosen)])) PositionSkipped(logger, group, partition.Topic, partition.Partition, position, chosen, lost);
            return true;
        }

        Stop(partition, lost, $"position {position} of group {group} on {partition} is out of range: it holds offsets {start} to {end}, " +
            $"{lost} records can no longer be read; start with --start-from earliest or latest to go on without them");
        return false;
    }

    private long? Chosen(PartitionBounds bounds) => startFrom switch
    {
        StartFrom.Earliest => bounds.Start,
        StartFrom.Latest => bounds.End,
        _ => null,
    };

    /// <summary>What was decided once must not be decided again after an abort, when the end is elsewhere.</summary>
    private bool Store(IConsumer<byte[], byte[]> consumer, IEnumerable<TopicPartitionOffset> positions)
    {
        try
        {
            var decided = positions.ToArray();
            if (decided.Length > 0) consumer.Commit(decided);
            return true;
        }
        catch (KafkaException error)
        {
            PositionsNotStored(logger, group, error.Error.Code);
            return false;
        }
    }

    private void Stop(TopicPartition partition, long? lost, string reason)
    {
        _stopped[partition] = new StoppedPartition(partition, lost, reason);
        Stopped = [.. _stopped.Values];
        PartitionStopped(logger, partition.Topic, partition.Partition, reason);
    }

    [LoggerMessage(50, LogLevel.Warning, "PositionsNotRead {Group}: {Code}", EventName = "PositionsNotRead")]
    private static partial void PositionsNotRead(ILogger logger, string group, ErrorCode code);

    [LoggerMessage(51, LogLevel.Warning, "PositionsNotStored {Group}: {Code}", EventName = "PositionsNotStored")]
    private static partial void PositionsNotStored(ILogger logger, string group, ErrorCode code);

    [LoggerMessage(52, LogLevel.Error, "PartitionStopped {Topic}[{Partition}]: {Reason}", EventName = "PartitionStopped")]
    private static partial void PartitionStopped(ILogger logger, string topic, int partition, string reason);

    [LoggerMessage(53, LogLevel.Warning, "PositionSkipped {Group} {Topic}[{Partition}]: from {From} to {To}, {Lost} records can no longer be read", EventName = "PositionSkipped")]
    private static partial void PositionSkipped(ILogger logger, string group, string topic, int partition, long from, long to, long lost);
}
