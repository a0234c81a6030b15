using System.Runtime.InteropServices;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Pricing.Books;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>`usage-enricher reprice --from TIME --to TIME`: prices a period of the log again.</summary>
internal static class RepriceProgram
{
    /// <summary>What it reads and writes.</summary>
    public static readonly IReadOnlyList<SchemaFile> Schemas = [SchemaSet.LlmUsage, SchemaSet.UsageAggregate, SchemaSet.RepriceRun];

    private static readonly TimeSpan ReadyWait = TimeSpan.FromSeconds(1);

    /// <returns>0 = all of the period is decided; 1 = not; 2 = bad options.</returns>
    public static int Run(string[] args)
    {
        var service = new ServiceHost("usage-enricher reprice", "Prices the events of a period again, and corrects every sum that they are in.", args, adminPort: 8092);
        var options = service.Options<RepriceOptions>();
        var enricher = service.Options<EnricherOptions>();
        var setup = options.Data is { } data ? LogSetup.Bind(service, LogEngine.Embedded, Path.Combine(data, "log")) : LogSetup.Bind(service);
        if (service.EndsHere(out var exitCode)) return exitCode;
        if (options.Data is not null && !Directory.Exists(setup.Log.Path)) return service.CannotStart("--data", $"there is no log in '{options.Data}'");

        PriceBook book;
        try
        {
            var files = enricher.Prices.ToFiles();
            book = PriceBookFiles.Read(options.Catalogue is { } catalogue ? files with { Catalogue = catalogue } : files);
        }
        catch (Exception error) when (error is DataFormatException or IOException or UnauthorizedAccessException)
        {
            return service.CannotStart("--catalogue", error.Message);
        }

        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            using var log = setup.OpenLog();
            return Run(service, setup, log, options, enricher, book, stop.Token);
        }
        catch (ServiceStopException error)
        {
            Console.Error.WriteLine($"{service.Name}: {error.Message}");
            return 1;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static int Run(ServiceHost service, LogSetup setup, ILog log, RepriceOptions options, EnricherOptions enricher, PriceBook book, CancellationToken stop)
    {
        var registry = setup.OpenRegistry();
        using var _ = registry as IDisposable;
        // A dry run registers nothing: what it would write it writes into nothing, under ids that nobody sees.
        var read = new SchemaCatalog(registry, options.DryRun ? [] : Schemas, setup.MayRegister);
        var written = options.DryRun ? new SchemaCatalog(new FileSchemaRegistry(null), Schemas) : read;
        if (!BecomeReady(setup, log, written, options.DryRun, stop)) return Stopped();

        using var step = new RepriceStep(book, read, written, options.Period, enricher.AggregateTags);
        using var holder = options.DryRun ? null : new RunHolder(log, read, RunOf(options.Period, book, service.Time.GetUtcNow()),
            // Another process cannot have an embedded log open: whoever held it is gone.
            setup.Log.Engine == LogEngine.Embedded ? TimeSpan.Zero : RunHolder.DefaultWatch, service.Time);
        using var loop = new RepriceLoop(log, read, step, holder, service.Time);
        var told = false;
        while (loop.End is null && !stop.IsCancellationRequested)
        {
            var wait = loop.Turn(stop);
            if (!told && holder is { IsWatching: true })
            {
                Console.Error.WriteLine("an earlier run has not said that it ended: watching whether it is alive");
                told = true;
            }

            if (wait > TimeSpan.Zero) stop.WaitHandle.WaitOne(wait);
        }

        loop.Rest();
        return Report(options, book, holder, loop);
    }

    internal static RepriceRun RunOf(RepricePeriod period, PriceBook book, DateTimeOffset now) => new()
    {
        Owner = Guid.NewGuid(),
        PeriodStart = period.Start,
        PeriodEnd = period.End,
        CatalogueId = book.CatalogueIds,
        CatalogueVersion = book.Version,
        BeganAt = TimestampMicros.Truncate(now),
        Phase = RepricePhase.Running,
        Repriced = 0,
    };

    private static bool BecomeReady(LogSetup setup, ILog log, SchemaCatalog written, bool isDry, CancellationToken stop)
    {
        for (var isTold = false; !stop.IsCancellationRequested; stop.WaitHandle.WaitOne(ReadyWait))
        {
            var isThere = isDry ? log.PartitionCount(Topics.Usage) is not null : IsProvisioned(setup, log);
            if (isThere && written.Prepare(stop)) return true;
            if (!isTold) Console.Error.WriteLine($"waiting: {setup.Description} or the schema registry cannot be reached");
            isTold = true;
        }

        return false;
    }

    private static bool IsProvisioned(LogSetup setup, ILog log) => log.Provision(setup.TopicSpecs) switch
    {
        null => false,
        { Count: 0 } => true,
        var defects => throw new ServiceStopException($"topics are not as the guarantees need them: {string.Join("; ", defects)}; "
            + "correct them, or give --allow-weak-topics on a development broker"),
    };

    private static int Report(RepriceOptions options, PriceBook book, RunHolder? holder, RepriceLoop loop)
    {
        if (loop.End == RepriceEnd.Refused)
        {
            Console.Error.WriteLine($"refused: {loop.Reason}; only one can reprice at a time: wait until it has ended, or stop it");
            if (loop.Total.Repriced == 0) return 1;
        }

        if (options.Json) DifferenceReport.WriteJson(loop.Total, Console.Out);
        else DifferenceReport.WriteTable(loop.Total, Console.Out);
        var total = loop.Total;
        Console.Error.WriteLine($"{(options.DryRun ? "would reprice" : "repriced")} {total.Repriced} of {total.Looked} events by price book {book.Version}: {book.CatalogueIds}");
        if (holder is { IsResumed: true }) Console.Error.WriteLine($"went on with an earlier run, whose differences are not in this table; repriced by both: {holder.Run.Repriced}");
        if (holder?.Abandoned is { } abandoned) Console.Error.WriteLine($"an earlier run by price book {abandoned.CatalogueVersion}: {abandoned.CatalogueId}, was not finished; what it repriced stays repriced unless it is of this period");
        if (total.Unreadable > 0) Console.Error.WriteLine($"{total.Unreadable} records cannot be read; the sink has them among its dead letters");
        if (total.TooLarge > 0) Console.Error.WriteLine($"{total.TooLarge} events keep their price: with the new one they would be larger than {Topics.MaxRecordBytes} bytes");
        if (loop.End == RepriceEnd.Failed) Console.Error.WriteLine($"failed: {loop.Reason}");
        return loop.End switch
        {
            RepriceEnd.Finished => 0,
            null => Stopped(),
            _ => 1,
        };
    }

    private static int Stopped()
    {
        Console.Error.WriteLine("stopped before the end: start it again with the same arguments to go on");
        return 1;
    }
}
