using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher;

/// <summary>The enricher as a part of a service: the same in a process of its own and in all-in-one.</summary>
public static class EnricherService
{
    /// <summary>What it reads and writes.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas = [SchemaSet.LLMUsageAudit, SchemaSet.LlmUsage, SchemaSet.UsageAggregate];

    /// <summary>Adds the loop that prices and estimates `llm-usage-raw`, with its readiness.</summary>
    /// <returns>The step, to be disposed once the service has run.</returns>
    public static IDisposable Add(ServiceHost service, LogConnection log, EnricherOptions options)
    {
        var metrics = new EnricherMetrics(service.Loggers.CreateLogger(EnrichTransform.Stage));
        var impacts = new ImpactSource(options.Impact, service.Time, service.Loggers.CreateLogger(EnrichTransform.Stage));
        var estimator = new CallEstimator(impacts.Read());
        var step = new EnrichTransform(CatalogueFiles.Embedded, estimator, log.Schemas, options.AggregateTags, metrics);
        log.AddLoop(step, new TransformOptions(EnrichTransform.Stage, Groups.Enricher, [Topics.UsageRaw], log.IdOf(EnrichTransform.Stage))
        {
            MaxBatchRecords = options.MaxBatchRecords,
            MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
        }, (batch, stop) =>
        {
            impacts.Refresh(estimator);
            return log.Schemas.Resolve(batch, stop);
        });
        return step;
    }
}
