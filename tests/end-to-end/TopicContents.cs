using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;

namespace Pipeline.EndToEnd;

/// <summary>One run's committed records, told by their tenant.</summary>
public sealed class TopicContents(string bootstrap, string runId)
{
    private const int PageRecords = 5_000;
    private const int PageBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan PageWait = TimeSpan.FromSeconds(2);

    public List<LLMUsageAudit> Raw() => [.. Read<LLMUsageAudit>(Topics.UsageRaw).Where(e => e.Attribution.Tenant == runId)];

    public List<UsageAggregate> Aggregates() => [.. Read<UsageAggregate>(Topics.Aggregates).Where(a => a.Tenant == runId)];

    private List<T> Read<T>(string topic) where T : class, IAvroRecord<T>
    {
        using var log = new KafkaLog(new KafkaOptions { Bootstrap = bootstrap }, NullLogger.Instance, TimeProvider.System);
        var count = log.PartitionCount(topic) ?? throw new InvalidOperationException("Kafka is away");
        var from = Enumerable.Range(0, count).ToDictionary(p => new TopicPartition(topic, p), p => log.ReadBounds(new TopicPartition(topic, p))!.Value.Start);
        using var cursor = log.OpenCursor(from);
        var found = new List<T>();
        while (cursor.Read(PageRecords, PageBytes, PageWait, CancellationToken.None) is { IsEmpty: false } batch)
            found.AddRange(batch.Records.Select(Decode<T>));
        return found;
    }

    private static T Decode<T>(LogRecord record) where T : class, IAvroRecord<T>
    {
        Xunit.Assert.True(ConfluentFrame.TryRead(record.Value.Span, out _, out var body), $"{record.Source}@{record.Offset} is not framed");
        var reader = new AvroReader(body);
        var value = T.Read(ref reader);
        Xunit.Assert.False(reader.Failed, $"{record.Source}@{record.Offset} cannot be decoded");
        return value;
    }
}
