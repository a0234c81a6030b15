using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Reads given partitions without a group. Its batches have no membership, so their positions cannot be committed.</summary>
internal sealed partial class KafkaCursor : ILogReader
{
    private readonly IConsumer<byte[], byte[]> _consumer;
    private readonly IReadOnlyDictionary<TopicPartition, long> _from;
    private readonly KafkaAdmin _admin;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Gathering _gathering = new();
    private readonly Dictionary<TopicPartition, StoppedPartition> _stopped = [];

    public KafkaCursor(KafkaClients clients, KafkaAdmin admin, IReadOnlyDictionary<TopicPartition, long> from, TimeProvider time, ILogger logger)
    {
        (_from, _admin, _time, _logger) = (from, admin, time, logger);
        _consumer = clients.Cursor().Build();
        Rewind();
    }

    public IReadOnlyList<StoppedPartition> Stopped { get; private set; } = [];

    public RecordBatch Read(int maxRecords, int maxBytes, TimeSpan maxWait, CancellationToken stop)
    {
        if (stop.IsCancellationRequested) return RecordBatch.Empty;
        _gathering.Clear();
        _gathering.Fill(Poll, maxRecords, maxBytes, maxWait, _time, stop);
        return _gathering.Hand(null);
    }

    public bool Rewind()
    {
        _gathering.Clear();
        _stopped.Clear();
        Stopped = [];
        _consumer.Assign(_from.Select(static one => one.Key.At(one.Value)));
        return true;
    }

    public void Hold(TimeSpan wait, CancellationToken stop) => stop.WaitHandle.WaitOne(wait);

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }

    private ConsumeResult<byte[], byte[]>? Poll(TimeSpan wait)
    {
        try
        {
            return _consumer.Consume(wait);
        }
        catch (ConsumeException error) when (error.Error.Code is ErrorCode.Local_AutoOffsetReset or ErrorCode.Local_LogTruncation or ErrorCode.OffsetOutOfRange)
        {
            Stop(error.ConsumerRecord.TopicPartition.ToOurs(), error.ConsumerRecord.Offset.Value);
        }
        catch (KafkaException error)
        {
            CursorFailed(_logger, error.Error.Code, error.Error.Reason);
        }

        return null;
    }

    private void Stop(TopicPartition partition, long position)
    {
        long? lost = _admin.Bounds([partition]) is { } bounds ? Math.Max(0, bounds[partition].Start - position) : null;
        _stopped[partition] = new StoppedPartition(partition, lost, $"offset {position} of {partition} is out of range");
        Stopped = [.. _stopped.Values];
    }

    [LoggerMessage(65, LogLevel.Warning, "CursorFailed: {Code} {Reason}", EventName = "CursorFailed")]
    private static partial void CursorFailed(ILogger logger, ErrorCode code, string reason);
}
