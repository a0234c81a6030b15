using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Repricing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Repricing;

/// <summary>Runs of reprice over an event log, under its clock.</summary>
internal sealed class RepriceRuns(EventLog log)
{
    private const int MaxTurns = 10_000;

    /// <summary>What a dry run shows.</summary>
    public Differences Dry(PriceBook book, RepricePeriod period)
    {
        using var loop = Loop(book, period, null);
        return ToTheEnd(loop);
    }

    /// <summary>A run that writes.</summary>
    public Differences Apply(PriceBook book, RepricePeriod period)
    {
        using var holder = Holder(book, period);
        using var loop = Loop(book, period, holder);
        return ToTheEnd(loop);
    }

    /// <param name="holder">Null for a dry run.</param>
    public RepriceLoop Loop(PriceBook book, RepricePeriod period, RunHolder? holder, int maxHeld = LatestRevisions.MaxHeld)
    {
        var written = holder is null ? Calls.Schemas() : log.Schemas;
        return new RepriceLoop(log.Log, log.Schemas, new RepriceStep(book, log.Schemas, written, period, []), holder, log.Clock, maxHeld);
    }

    public RunHolder Holder(PriceBook book, RepricePeriod period) => new(log.Log, log.Schemas, RepriceProgram.RunOf(period, book, log.Clock.Now), RunHolder.DefaultWatch, log.Clock);

    public Differences ToTheEnd(RepriceLoop loop)
    {
        for (var turns = 0; loop.End is null; turns++)
        {
            Assert.InRange(turns, 0, MaxTurns);
            log.Clock.Now += loop.Turn(default);
        }

        Assert.Equal(RepriceEnd.Finished, loop.End);
        return loop.Total;
    }

    public static string Table(Differences differences)
    {
        using var text = new StringWriter();
        DifferenceReport.WriteTable(differences, text);
        return text.ToString();
    }
}
