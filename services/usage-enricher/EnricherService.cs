using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Booking;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher;

/// <summary>The enricher as a part of a service: the same in a process of its own and in all-in-one. To be disposed once the service has run.</summary>
public sealed class EnricherService : IDisposable
{
    /// <summary>What it reads and writes.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas = [SchemaSet.LLMUsageAudit, SchemaSet.LlmUsage, SchemaSet.UsageAggregate, SchemaSet.BookedResponse];

    private readonly PriceBookSource _prices;
    private readonly EnrichTransform _enriching;
    private readonly BookingTransform _booking;

    private EnricherService(ServiceHost service, LogConnection log, EnricherOptions options)
    {
        _prices = new PriceBookSource(options.Prices.ToFiles(), service.Loggers.CreateLogger(EnrichTransform.Stage));
        _prices.Watch(service.Time, options.Prices.ReloadInterval);
        _enriching = new EnrichTransform(() => _prices.Current, log.Schemas, options.AggregateTags, Metrics(EnrichTransform.Stage), options.Impact.Zone);
        _booking = new BookingTransform(log.Log, () => _prices.Current, log.Schemas, options.AggregateTags, Metrics(BookingTransform.Stage), options.Impact.Zone);

        EnricherMetrics Metrics(string stage) => new(service.Loggers.CreateLogger(stage));
    }

    /// <summary>Adds the loop that prices and estimates `llm-usage-raw`, and the one that books responses which can be read again, with their readiness.</summary>
    public static EnricherService Add(ServiceHost service, LogConnection log, EnricherOptions options)
    {
        var enricher = new EnricherService(service, log, options);
        log.AddLoop(enricher._enriching, Loop(EnrichTransform.Stage, Groups.Enricher, Topics.UsageRaw));
        log.AddLoop(enricher._booking, Loop(BookingTransform.Stage, Groups.Booking, Topics.UsageBackground));
        return enricher;

        TransformOptions Loop(string stage, string group, string topic) => new(stage, group, [topic], log.IdOf(stage))
        {
            MaxBatchRecords = options.MaxBatchRecords,
            MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
        };
    }

    public void Dispose()
    {
        _prices.Dispose();
        _enriching.Dispose();
        _booking.Dispose();
    }
}
