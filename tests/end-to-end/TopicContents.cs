using System.Text;
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

    public List<LlmUsage> Usage() => [.. Read<LlmUsage>(Topics.Usage).Where(e => e.Attribution.Tenant == runId)];

    public List<UsageAggregate> Aggregates() => [.. Read<UsageAggregate>(Topics.Aggregates).Where(a => a.Tenant == runId)];

    /// <summary>Dead letters of every topic whose bytes name this run.</summary>
    public List<LogRecord> DeadLetters()
    {
        var name = Encoding.UTF8.GetBytes(runId);
        return [.. Topics.All().Where(static topic => topic.Name.EndsWith(".dead-letter", StringComparison.Ordinal))
            .SelectMany(topic => Read(topic.Name)).Where(record => record.Value.Span.IndexOf(name) >= 0)];
    }

    /// <summary>Every committed record of a topic, whoever wrote it; none where there is no such topic.</summary>
    public List<LogRecord> Read(string topic)
    {
        using var log = new KafkaLog(new KafkaOptions { Bootstrap = bootstrap }, NullLogger.Instance, TimeProvider.System);
        var count = log.PartitionCount(topic) ?? throw new InvalidOperationException("Kafka is away");
        var bounds = Enumerable.Range(0, count).Select(p => new TopicPartition(topic, p)).ToDictionary(p => p, p => log.ReadBounds(p)!.Value);
        var from = bounds.Where(static one => one.Value.End > one.Value.Start).ToDictionary(static one => one.Key, static one => one.Value.Start);
        var found = new List<LogRecord>();
        if (from.Count == 0) return found;
        using var cursor = log.OpenCursor(from);
        while (cursor.Read(PageRecords, PageBytes, PageWait, CancellationToken.None) is { IsEmpty: false } batch) found.AddRange(batch.Records);
        return found;
    }

    private List<T> Read<T>(string topic) where T : class, IAvroRecord<T> => [.. Read(topic).Select(Decode<T>)];

    private static T Decode<T>(LogRecord record) where T : class, IAvroRecord<T>
    {
        Xunit.Assert.True(ConfluentFrame.TryRead(record.Value.Span, out _, out var body), $"{record.Source}@{record.Offset} is not framed");
        var reader = new AvroReader(body);
        var value = T.Read(ref reader);
        Xunit.Assert.False(reader.Failed, $"{record.Source}@{record.Offset} cannot be decoded");
        return value;
    }
}
