using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher;

/// <summary>The enricher as a part of a service: the same in a process of its own and in all-in-one.</summary>
public static class EnricherService
{
    /// <summary>What it reads and writes.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas = [SchemaSet.LLMUsageAudit, SchemaSet.LlmUsage, SchemaSet.UsageAggregate];

    /// <summary>Adds the loop that prices and estimates `llm-usage-raw`, with its readiness.</summary>
    /// <returns>What is to be disposed once the service has run.</returns>
    public static IDisposable Add(ServiceHost service, LogConnection log, EnricherOptions options)
    {
        var metrics = new EnricherMetrics(service.Loggers.CreateLogger(EnrichTransform.Stage));
        var prices = new PriceBookSource(options.Prices.ToFiles(), service.Loggers.CreateLogger(EnrichTransform.Stage));
        prices.Watch(service.Time, options.Prices.ReloadInterval);
        var step = new EnrichTransform(() => prices.Current, log.Schemas, options.AggregateTags, metrics, options.Impact.Zone);
        log.AddLoop(step, new TransformOptions(EnrichTransform.Stage, Groups.Enricher, [Topics.UsageRaw], log.IdOf(EnrichTransform.Stage))
        {
            MaxBatchRecords = options.MaxBatchRecords,
            MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
        });
        return new Parts(prices, step);
    }

    private sealed class Parts(params IReadOnlyList<IDisposable> parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (var part in parts) part.Dispose();
        }
    }
}
