using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;

namespace Pipeline.EndToEnd;

/// <summary>One run's committed records, told by their tenant.</summary>
/// <param name="open">Opens the log for one question.</param>
public sealed class TopicContents(Func<ILog> open, string runId)
{
    private const int PageRecords = 5_000;
    private const int PageBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan PageWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(60);

    public static TopicContents OfKafka(string bootstrap, string runId) =>
        new(() => new KafkaLog(new KafkaOptions { Bootstrap = bootstrap }, NullLogger.Instance, TimeProvider.System), runId);

    /// <param name="folder">An embedded log's, whose process has ended.</param>
    public static TopicContents OfFolder(string folder, string runId) => new(() =>
    {
        var opening = EmbeddedLog.Open(folder, new EmbeddedLogOptions(), TimeProvider.System, NullLogger.Instance);
        return opening.Log ?? throw new InvalidOperationException(opening.Failure);
    }, runId);

    /// <summary>The raw events of every tenant, and of none.</summary>
    public List<LLMUsageAudit> RawOfAnyone() => Read<LLMUsageAudit>(Topics.UsageRaw);

    public List<LLMUsageAudit> Raw() => [.. Read<LLMUsageAudit>(Topics.UsageRaw).Where(e => e.Attribution.Tenant == runId)];

    public List<LlmUsage> Usage() => [.. Read<LlmUsage>(Topics.Usage).Where(e => e.Attribution.Tenant == runId)];

    public List<UsageAggregate> Aggregates() => [.. Read<UsageAggregate>(Topics.Aggregates).Where(a => a.Tenant == runId)];

    /// <summary>Of the budgets named.</summary>
    public List<BudgetAlert> Alerts(Func<string, bool> isBudget) => [.. Read<BudgetAlert>(Topics.BudgetAlerts).Where(alert => isBudget(alert.Budget))];

    /// <summary>Every state that is still there, in the order of each partition; of all budgets.</summary>
    public List<BudgetState> States() => [.. Read(Topics.BudgetState).Where(static record => record.Value.Length > 0).Select(Decode<BudgetState>)];

    /// <summary>Dead letters of every topic whose bytes name this run.</summary>
    public List<LogRecord> DeadLetters()
    {
        var name = Encoding.UTF8.GetBytes(runId);
        return [.. Topics.All().Where(static topic => topic.Name.EndsWith(".dead-letter", StringComparison.Ordinal))
            .SelectMany(topic => Read(topic.Name)).Where(record => record.Value.Span.IndexOf(name) >= 0)];
    }

    /// <summary>
    /// Every record of a topic that is committed now, whoever wrote it; none where there is no such topic. What is in an open transaction is
    /// waited for.
    /// </summary>
    public List<LogRecord> Read(string topic)
    {
        using var log = open();
        var count = log.PartitionCount(topic) ?? throw new InvalidOperationException("Kafka is away");
        var bounds = Enumerable.Range(0, count).Select(p => new TopicPartition(topic, p)).ToDictionary(p => p, p => log.ReadBounds(p)!.Value);
        var from = bounds.Where(static one => one.Value.End > one.Value.Start).ToDictionary(static one => one.Key, static one => one.Value.Start);
        var found = new List<LogRecord>();
        if (from.Count == 0) return found;
        using var cursor = log.OpenCursor(from);
        var reached = new Dictionary<TopicPartition, long>();
        var watch = Stopwatch.StartNew();
        while (from.Keys.Any(partition => reached.GetValueOrDefault(partition) < bounds[partition].End))
        {
            if (watch.Elapsed > ReadLimit) throw new TimeoutException($"the end of {topic} is not reached: {string.Join(' ', reached)}, wanted {string.Join(' ', bounds)}");
            var batch = cursor.Read(PageRecords, PageBytes, PageWait, CancellationToken.None);
            found.AddRange(batch.Records);
            foreach (var (partition, next) in batch.Next) reached[partition] = next;
        }

        return found;
    }

    /// <summary>The same as records.</summary>
    public List<T> Read<T>(string topic) where T : class, IAvroRecord<T> => [.. Read(topic).Select(Decode<T>)];

    private static T Decode<T>(LogRecord record) where T : class, IAvroRecord<T>
    {
        Xunit.Assert.True(ConfluentFrame.TryRead(record.Value.Span, out _, out var body), $"{record.Source}@{record.Offset} is not framed");
        var reader = new AvroReader(body);
        var value = T.Read(ref reader);
        Xunit.Assert.False(reader.Failed, $"{record.Source}@{record.Offset} cannot be decoded");
        return value;
    }
}
