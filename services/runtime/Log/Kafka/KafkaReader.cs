using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>
/// A member of a consumer group. The client's rebalance callbacks run inside <see cref="Read"/> and <see cref="Hold"/> only, on
/// the reader's thread; that thread is inside a transaction whenever it is not here, so partitions are never given up under one.
/// </summary>
internal sealed partial class KafkaReader(KafkaClients clients, KafkaAdmin admin, ReaderOptions options, TimeProvider time, ILogger logger) : ILogReader
{
    // The reader's thread only.
    private readonly ReaderPositions _positions = new(options.Group, options.StartFrom, admin, logger);
    private readonly Gathering _gathering = new();
    private readonly HashSet<TopicPartition> _owned = [];
    private readonly HashSet<TopicPartition> _paused = [];
    private IConsumer<byte[], byte[]>? _consumer;
    private KafkaMembership? _membership;
    private long _withoutMembershipSince;
    private bool _mustRejoin;
    private bool _isHolding;
    private bool _isLeaving;

    public IReadOnlyList<StoppedPartition> Stopped => _positions.Stopped;

    public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop)
    {
        if (!Join(stop)) return RecordBatch.Empty;
        _gathering.Clear();
        _gathering.Fill(Poll, maxRecords, maxBytes, maxWait, time, stop);
        return _gathering.Hand(_membership);
    }

    public bool Rewind()
    {
        _gathering.Clear();
        if (_consumer is null || _mustRejoin) return true; // joining reads the positions
        var partitions = Readable();
        if (partitions.Count == 0) return true;
        if (_positions.Read(_consumer, partitions) is not { } positions) return false;
        try
        {
            foreach (var position in positions) _consumer.Seek(position);
        }
        catch (KafkaException error)
        {
            // The client lost track of a partition: a new member starts from the same committed positions.
            RewindFailed(logger, options.Group, error.Error.Code);
            _mustRejoin = true;
        }

        return true;
    }

    public void Hold(TimeSpan wait, CancellationToken stop)
    {
        if (!Join(stop)) return;
        var began = time.GetTimestamp();
        _isHolding = true;
        PauseOwned();
        while (!stop.IsCancellationRequested && !_mustRejoin && time.GetElapsedTime(began) < wait)
        {
            var generation = _membership;
            if (Poll(KafkaBounds.PollSlice) is { IsPartitionEOF: false } slipped) _consumer!.Seek(slipped.TopicPartitionOffset);
            if (!ReferenceEquals(generation, _membership)) PauseOwned();
        }

        _isHolding = false;
        // All that was paused and not what is owned now: the client keeps a pause across a revocation, and a partition that came
        // back later would never be read again.
        if (!_mustRejoin) _consumer!.Resume(_paused.Select(static partition => partition.ToClient()));
        _paused.Clear();
    }

    public void Dispose() => Leave();

    private bool Join(CancellationToken stop)
    {
        if (_mustRejoin)
        {
            Leave();
            stop.WaitHandle.WaitOne(KafkaBounds.RejoinWait);
        }

        if (stop.IsCancellationRequested) return false;
        if (_consumer is not null) return true;
        _consumer = clients.GroupReader(options.Group).SetPartitionsAssignedHandler(OnAssigned).SetPartitionsRevokedHandler(OnRevoked).Build();
        _consumer.Subscribe(options.Topics);
        _withoutMembershipSince = time.GetTimestamp();
        return true;
    }

    private void Leave()
    {
        if (_consumer is null) return;
        _isLeaving = true;
        try
        {
            _consumer.Close();
        }
        catch (KafkaException error)
        {
            LeaveFailed(logger, options.Group, error.Error.Code);
        }

        _isLeaving = false;

        _consumer.Dispose();
        _consumer = null;
        if (_owned.Count > 0) OnRevoked(null, []);
        _mustRejoin = false;
    }

    private ConsumeResult<byte[], byte[]>? Poll(TimeSpan wait)
    {
        if (!_mustRejoin && _membership is null && time.GetElapsedTime(_withoutMembershipSince) > KafkaBounds.MembershipWait)
        {
            MembershipMissed(logger, options.Group, KafkaBounds.MembershipWait);
            _mustRejoin = true;
        }

        if (_mustRejoin) return null;
        try
        {
            return _consumer!.Consume(wait);
        }
        catch (ConsumeException error) when (error.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.Local_LogTruncation or ErrorCode.OffsetOutOfRange)
        {
            var partition = error.ConsumerRecord.TopicPartition.ToOurs();
            if (_owned.Contains(partition)) _mustRejoin |= _positions.OutOfRange(_consumer!, partition, error.ConsumerRecord.Offset.Value);
        }
        catch (KafkaException error)
        {
            if (clients.Repeated.MayPass($"read {options.Group} {error.Error.Code}", out var heldBack))
                ReadFailed(logger, options.Group, error.Error.Code, error.Error.Reason, heldBack);
            _mustRejoin |= error.Error.IsFatal;
        }

        return null;
    }

    private IEnumerable<TopicPartitionOffset> OnAssigned(IConsumer<byte[], byte[]> consumer, List<Confluent.Kafka.TopicPartition> assigned)
    {
        // An assignment that was under way is handed over while the client closes; it then has no membership, and asking for one
        // goes through a null pointer (seen with librdkafka 2.15.1).
        if (_isLeaving) return [];
        _gathering.Clear();
        var partitions = assigned.ConvertAll(static partition => partition.ToOurs());
        List<TopicPartitionOffset>? positions = null;
        for (var tries = 0; tries < KafkaBounds.PositionTries && positions is null; tries++) positions = _positions.Read(consumer, partitions);

        // Taken here and kept for the generation: once membership is lost the client hands out an empty one, which the broker
        // takes for a commit without a group and does not fence.
        var membership = new KafkaMembership(consumer.ConsumerGroupMetadata);
        if (positions is null || string.IsNullOrEmpty(consumer.MemberId))
        {
            _mustRejoin = true;
            return [];
        }

        _owned.UnionWith(partitions);
        _membership = membership;
        options.Assigned?.Invoke(partitions);
        return positions;
    }

    private void OnRevoked(IConsumer<byte[], byte[]>? consumer, List<TopicPartitionOffset> revoked)
    {
        // What was gathered belongs to the ended generation. Everything is given up: the assignor is an eager one.
        _gathering.Clear();
        _membership = null;
        _withoutMembershipSince = time.GetTimestamp();
        var partitions = _owned.ToArray();
        _owned.Clear();
        _positions.Forget(partitions);
        if (partitions.Length > 0) options.Revoked?.Invoke(partitions);
    }

    private void PauseOwned()
    {
        if (!_isHolding) return;
        var partitions = Readable();
        _consumer!.Pause(partitions.Select(static partition => partition.ToClient()));
        _paused.UnionWith(partitions);
    }

    private List<TopicPartition> Readable() => [.. _owned.Where(partition => !_positions.IsStopped(partition))];

    [LoggerMessage(60, LogLevel.Warning, "ReadFailed {Group}: {Code} {Reason} ({HeldBack} like it held back)", EventName = "ReadFailed")]
    private static partial void ReadFailed(ILogger logger, string group, ErrorCode code, string reason, int heldBack);

    [LoggerMessage(61, LogLevel.Warning, "RewindFailed {Group}: {Code}, joining anew", EventName = "RewindFailed")]
    private static partial void RewindFailed(ILogger logger, string group, ErrorCode code);

    [LoggerMessage(63, LogLevel.Warning, "MembershipMissed {Group}: no partitions were given out for {Wait}, joining anew as a new client", EventName = "MembershipMissed")]
    private static partial void MembershipMissed(ILogger logger, string group, TimeSpan wait);

    [LoggerMessage(62, LogLevel.Warning, "LeaveFailed {Group}: {Code}", EventName = "LeaveFailed")]
    private static partial void LeaveFailed(ILogger logger, string group, ErrorCode code);
}
