using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.Benchmarks.Streams;

/// <summary>The enricher's step alone, in memory: reading, pricing, estimating, summing and writing a batch, without a broker.</summary>
internal static class EnrichBenchmark
{
    private const int Events = 4_000;

    public static int Run(string[] arguments)
    {
        var seconds = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 8;
        var schemas = new SchemaCatalog(new FileSchemaRegistry(null), [SchemaSet.LLMUsageAudit, SchemaSet.LlmUsage, SchemaSet.UsageAggregate]);
        if (!schemas.Prepare(CancellationToken.None)) throw new InvalidOperationException("schemas cannot be made");

        using var writer = new RecordWriter<LLMUsageAudit>(schemas);
        var source = new TopicPartition(Topics.UsageRaw, 0);
        var records = new List<LogRecord>();
        foreach (var call in UsageFill.Calls(Events, DateTimeOffset.UtcNow.AddMinutes(-10)))
        {
            var record = writer.Record(Topics.UsageRaw, default, call);
            records.Add(new LogRecord(source, records.Count, DateTimeOffset.UtcNow, record.Key, record.Value, []));
        }

        var batch = new RecordBatch(records, new Dictionary<TopicPartition, long> { [source] = records.Count }, null);
        using var step = new EnrichTransform(CatalogueFiles.Embedded, schemas, [], new EnricherMetrics(NullLogger.Instance));
        var measured = Measure.Run(TimeSpan.FromSeconds(seconds), () => step.Step(batch, new StepEffects()));
        Console.WriteLine(FormattableString.Invariant($"step {measured.BestSeconds * 1e6 / Events:0.00} us and {measured.AllocatedBytes / Events:0} B per event, {Events} events a batch"));
        return 0;
    }
}
