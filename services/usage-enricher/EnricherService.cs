using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Booking;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Intake;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher;

/// <summary>The enricher as a part of a service: the same in a process of its own and in all-in-one. To be disposed once the service has run.</summary>
public sealed class EnricherService : IDisposable
{
    /// <summary>What it reads and writes.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas = [SchemaSet.LLMUsageAudit, SchemaSet.LlmUsage, SchemaSet.UsageAggregate, SchemaSet.BookedResponse];

    private readonly PriceBookSource _prices;
    private readonly List<IDisposable> _steps = [];

    private EnricherService(ServiceHost service, LogConnection log, EnricherOptions options)
    {
        _prices = new PriceBookSource(options.Prices.ToFiles(), service.Loggers.CreateLogger(EnrichTransform.Stage));
        _prices.Watch(service.Time, options.Prices.ReloadInterval);

        // Each loop has its own estimator and looks at the impact files on its own thread, between two batches.
        AddLoop(EnrichTransform.Stage, Groups.Enricher, Topics.UsageRaw,
            (estimator, metrics) => new EnrichTransform(() => _prices.Current, estimator, log.Schemas, options.AggregateTags, metrics));
        AddLoop(BookingTransform.Stage, Groups.Booking, Topics.UsageBackground,
            (estimator, metrics) => new BookingTransform(log.Log, () => _prices.Current, estimator, log.Schemas, options.AggregateTags, metrics));
        _steps.AddRange(IntakeService.Add(log, options.Imports, options.MaxBatchRecords, options.MaxConsecutiveDeadLetters));

        void AddLoop<T>(string stage, string group, string topic, Func<CallEstimator, EnricherMetrics, T> make)
            where T : ITransform, IDisposable
        {
            var logger = service.Loggers.CreateLogger(stage);
            var impacts = new ImpactSource(options.Impact, service.Time, logger);
            var estimator = new CallEstimator(impacts.Read());
            var step = make(estimator, new EnricherMetrics(logger));
            _steps.Add(step);
            log.AddLoop(step, new TransformOptions(stage, group, [topic], log.IdOf(stage))
            {
                MaxBatchRecords = options.MaxBatchRecords,
                MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
            }, (batch, stop) =>
            {
                impacts.Refresh(estimator);
                return log.Schemas.Resolve(batch, stop);
            });
        }
    }

    /// <summary>Topics that the options ask for beside the pipeline's own.</summary>
    public static IReadOnlyList<TopicSpec> TopicsOf(EnricherOptions options, int partitions) => IntakeService.TopicsOf(options.Imports, partitions);

    /// <summary>
    /// Adds the loop that prices and estimates `llm-usage-raw`, the one that books responses which can be read again, and those that import, with
    /// their readiness.
    /// </summary>
    public static EnricherService Add(ServiceHost service, LogConnection log, EnricherOptions options) => new(service, log, options);

    public void Dispose()
    {
        _prices.Dispose();
        foreach (var step in _steps) step.Dispose();
    }
}
