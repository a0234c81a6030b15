using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>
/// A transactional producer: begin, records, positions, commit. Only commit and abort end a transaction; whatever leaves its
/// end open makes the writer spent, because the next writer's start decides it.
/// </summary>
internal sealed class KafkaWriter(IProducer<byte[], byte[]> producer, PartitionCounts counts, EmptyMemberships memberships, TimeProvider time) : ILogWriter
{
    // The writer's thread only.
    private readonly Message<byte[], byte[]> _message = new();
    private readonly Dictionary<TopicPartition, Confluent.Kafka.TopicPartition> _partitions = [];
    private (IReadOnlyList<RecordHeader>? Ours, Headers? Client) _lastHeaders;
    private TransactionResult? _spent;

    /// <summary>For tests: called with everything sent and nothing committed.</summary>
    internal Action? BeforeCommit { get; init; }

    public TransactionResult Execute(LogTransaction transaction)
    {
        RequireBounds(transaction);
        if (_spent is { } spent) return spent;
        if (Place(transaction.Records, out var reason) is not { } places) return new TransactionResult(TransactionOutcome.Aborted, Reason: reason);

        var ended = Attempt(transaction, places, TransactionReports.None);
        for (var tries = 1; ended.Sequel == TransactionSequel.Repeat && tries < KafkaBounds.MaxSequenceTries; tries++)
            ended = Attempt(transaction, places, TransactionReports.None);
        return ended.Sequel == TransactionSequel.Search ? new RefusalSearch(this).Run(transaction, places) : ended.Result;
    }

    public void Dispose() => producer.Dispose();

    /// <summary>One transaction from begin to end.</summary>
    internal (TransactionResult Result, TransactionSequel Sequel) Attempt(LogTransaction transaction, TopicPartition[] places, TransactionReports reports)
    {
        var part = TransactionPart.Begin;
        try
        {
            producer.BeginTransaction();
            part = TransactionPart.Produce;
            Produce(transaction.Records, places, reports);
            part = TransactionPart.Positions;
            if (transaction.Positions is { } positions) Send(positions);
            BeforeCommit?.Invoke();
            part = TransactionPart.Commit;
            Repeatedly(KafkaBounds.CommitBound, TransactionPart.Commit, left => producer.CommitTransaction(left < KafkaBounds.CommitSlice ? left : KafkaBounds.CommitSlice));
            return (TransactionResult.Committed, TransactionSequel.None);
        }
        catch (KafkaException error)
        {
            return End(error, part);
        }
    }

    private void Produce(IReadOnlyList<NewRecord> records, TopicPartition[] places, TransactionReports reports)
    {
        for (var i = 0; i < records.Count; i++)
        {
            var isAlone = reports.IsAlone(i);
            if (isAlone) FlushUnlessFailed(reports);
            _message.Key = records[i].Key.ToArrayOrNull()!;
            _message.Value = records[i].Value.ToArrayOrNull()!;
            _message.Headers = HeadersOf(records[i]);
            Produce(ClientName(places[i]), reports.HandlerOf(i));
            if (isAlone) FlushUnlessFailed(reports);
            if (reports.HasFailed) return;
        }

        if (reports.AreWanted) FlushUnlessFailed(reports);
    }

    private void FlushUnlessFailed(TransactionReports reports)
    {
        var began = time.GetTimestamp();
        while (!reports.HasFailed && producer.Flush(KafkaBounds.PollSlice) > 0 && time.GetElapsedTime(began) < KafkaBounds.CommitBound)
        {
            // Each slice serves the reports.
        }
    }

    private void Produce(Confluent.Kafka.TopicPartition partition, Action<DeliveryReport<byte[], byte[]>>? report)
    {
        try
        {
            producer.Produce(partition, _message, report);
        }
        catch (ProduceException<byte[], byte[]> error) when (error.Error.Code == ErrorCode.Local_QueueFull)
        {
            // Leftovers of an aborted transaction can still be in the queue; one transaction alone always fits.
            producer.Flush(KafkaBounds.AbortBound);
            producer.Produce(partition, _message, report);
        }
    }

    private void Send(PositionCommit positions)
    {
        var metadata = (positions.Membership as KafkaMembership ?? memberships.Of(positions.Group)).Metadata;
        var offsets = positions.Next.Select(static next => next.Key.At(next.Value)).ToArray();
        if (offsets.Length > 0)
            Repeatedly(KafkaBounds.CommitBound, TransactionPart.Positions, left => producer.SendOffsetsToTransaction(offsets, metadata, left));
    }

    private (TransactionResult Result, TransactionSequel Sequel) End(KafkaException error, TransactionPart part)
    {
        var verdict = TransactionErrors.Judge(error, part);
        if (verdict is TransactionVerdict.Repeat) verdict = part is TransactionPart.Commit or TransactionPart.Begin ? TransactionVerdict.Unknown : TransactionVerdict.Abort;
        var reason = $"{error.Error.Code} at {part}";
        if (error.Error.Code is ErrorCode.Local_UnknownPartition or ErrorCode.UnknownTopicOrPart) counts.Forget();
        if (verdict is TransactionVerdict.Abort or TransactionVerdict.AbortAndSearch or TransactionVerdict.AbortAndRepeat)
        {
            try
            {
                Repeatedly(KafkaBounds.AbortBound, TransactionPart.Abort, producer.AbortTransaction);
                return (new TransactionResult(TransactionOutcome.Aborted, Reason: reason), SequelOf(verdict));
            }
            catch (KafkaException notAborted)
            {
                verdict = TransactionErrors.Judge(notAborted, TransactionPart.Abort) == TransactionVerdict.Fenced ? TransactionVerdict.Fenced : TransactionVerdict.Unknown;
                reason = $"{reason}, then {notAborted.Error.Code} at {TransactionPart.Abort}";
            }
        }

        _spent = new TransactionResult(verdict == TransactionVerdict.Fenced ? TransactionOutcome.Fenced : TransactionOutcome.Unknown, Reason: reason);
        return (_spent.Value, TransactionSequel.None);
    }

    private static TransactionSequel SequelOf(TransactionVerdict verdict) => verdict switch
    {
        TransactionVerdict.AbortAndSearch => TransactionSequel.Search,
        TransactionVerdict.AbortAndRepeat => TransactionSequel.Repeat,
        _ => TransactionSequel.None,
    };

    /// <summary>Repeats a call that says it may be repeated, until the bound; what it throws last goes on.</summary>
    private void Repeatedly(TimeSpan bound, TransactionPart part, Action<TimeSpan> call)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var left = bound - time.GetElapsedTime(began);
            try
            {
                call(left > KafkaBounds.PollSlice ? left : KafkaBounds.PollSlice);
                return;
            }
            catch (KafkaException error) when (TransactionErrors.Judge(error, part) == TransactionVerdict.Repeat && time.GetElapsedTime(began) < bound)
            {
                Thread.Sleep(KafkaBounds.RetryBackoffMs);
            }
        }
    }

    /// <summary>The partition of every record, by our partitioner unless the record names it; null when a topic is not there.</summary>
    private TopicPartition[]? Place(IReadOnlyList<NewRecord> records, out string? reason)
    {
        var places = new TopicPartition[records.Count];
        for (var i = 0; i < places.Length; i++)
        {
            var topic = records[i].Topic;
            if (records[i].Partition is { } given)
            {
                places[i] = new TopicPartition(topic, given);
                continue;
            }

            if (counts.Of(topic) is not (> 0 and var count))
            {
                reason = $"the partitions of {topic} are not known: it does not exist or the log is away";
                return null;
            }

            places[i] = new TopicPartition(topic, Partitioner.PartitionOf(records[i].Key.Span, count));
        }

        reason = null;
        return places;
    }

    /// <summary>The records of one schema share one list of headers.</summary>
    private Headers? HeadersOf(in NewRecord record)
    {
        if (!ReferenceEquals(record.Headers, _lastHeaders.Ours)) _lastHeaders = (record.Headers, Conversions.ToClientHeaders(record.Headers));
        return _lastHeaders.Client;
    }

    private Confluent.Kafka.TopicPartition ClientName(TopicPartition partition)
    {
        if (!_partitions.TryGetValue(partition, out var name)) _partitions[partition] = name = partition.ToClient();
        return name;
    }

    private static void RequireBounds(LogTransaction transaction)
    {
        if (transaction.Records.Count > LogTransaction.MaxRecords)
            throw new ArgumentException($"{transaction.Records.Count} records are more than the {LogTransaction.MaxRecords} that a transaction takes", nameof(transaction));
        var bytes = 0L;
        foreach (var record in transaction.Records) bytes += LogTransaction.BytesOf(record);
        if (bytes > LogTransaction.MaxBytes)
            throw new ArgumentException($"{bytes} bytes are more than the {LogTransaction.MaxBytes} that a transaction takes", nameof(transaction));
    }
}
