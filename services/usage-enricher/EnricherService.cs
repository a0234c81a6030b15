using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Intake;
using Pipeline.UsageEnricher.Pricing;

namespace Pipeline.UsageEnricher;

/// <summary>The enricher as a part of a service: the same in a process of its own and in all-in-one.</summary>
public static class EnricherService
{
    /// <summary>What it reads and writes.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas = [SchemaSet.LLMUsageAudit, SchemaSet.LlmUsage, SchemaSet.UsageAggregate];

    /// <summary>Topics that the options ask for beside the pipeline's own.</summary>
    public static IReadOnlyList<TopicSpec> TopicsOf(EnricherOptions options, int partitions) => IntakeService.TopicsOf(options.Imports, partitions);

    /// <summary>Adds the loop that prices and estimates `llm-usage-raw`, and those that import, with their readiness.</summary>
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
        return new Steps([step, .. IntakeService.Add(log, options.Imports, options.MaxBatchRecords, options.MaxConsecutiveDeadLetters)]);
    }

    private sealed class Steps(IReadOnlyList<IDisposable> steps) : IDisposable
    {
        public void Dispose()
        {
            foreach (var step in steps) step.Dispose();
        }
    }
}
