using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.Simulation.Tests.Work;
using Pipeline.Simulation.Tests.World;
using Pipeline.UsageEnricher.Pricing.Books;
using Pipeline.UsageEnricher.Repricing;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>An operator who reprices now and then, by one catalogue or another; killed and started again as any process is.</summary>
internal sealed class RepriceProcess(SimulatedWorld world, string name) : SimulatedProcess(world, name)
{
    private static readonly CancellationToken NoStop = CancellationToken.None;
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(200);

    /// <summary>What the operator asks for, until it is done, refused, or he changes his mind.</summary>
    private (PriceBook Book, RepricePeriod Period)? _wanted;

    private SchemaCatalog? _catalog;
    private RepriceStep? _step;
    private RunHolder? _holder;
    private RepriceLoop? _loop;
    private bool _isReady;
    private bool _wasKilled;

    public bool IsAtRest => _wanted is null;

    public void Want()
    {
        if (_wanted is not null) return;
        var start = World.Chance.Hits(0.7) ? VirtualTime.Start.AddDays(-60) : TimestampMicros.Truncate(World.Time.Now - World.Chance.Time(TimeSpan.FromMinutes(3)));
        var end = World.Chance.Hits(0.7) ? VirtualTime.Start.AddDays(60) : start + World.Chance.Time(TimeSpan.FromMinutes(2));
        _wanted = (PriceBook.Of(World.Chance.Of(SmallCatalogue.Others)), new RepricePeriod(start, TimestampMicros.Truncate(end)));
        World.Trace?.Add($"{Name}: wants {_wanted.Value.Period} by {_wanted.Value.Book.Version}");
    }

    /// <summary>The memory of a process that is gone. Not at once: it may be killed with its own code on the stack.</summary>
    public override void Release()
    {
        _loop?.Dispose();
        _holder?.Dispose();
        _step?.Dispose();
        (_loop, _holder, _step) = (null, null, null);
    }

    protected override void Begin()
    {
        Release();
        _catalog = new SchemaCatalog(World.Registry, RepriceProgram.Schemas);
        _isReady = false;
        // Mostly he starts it again with the same arguments.
        if (_wasKilled && World.HasFaults && World.Chance.Hits(0.3)) _wanted = null;
        _wasKilled = false;
    }

    protected override TimeSpan TakeTurn()
    {
        if (_wanted is not { } wanted) return Rest;
        if (!_isReady) _isReady = Log.Provision(SimulatedWorld.TopicSpecs) is { Count: 0 } && _catalog!.Prepare(NoStop);
        if (!_isReady) return TimeSpan.FromMilliseconds(500);
        if (_loop is null) Make(wanted.Book, wanted.Period);
        var wait = _loop!.Turn(NoStop);
        if (_loop.End is not { } end) return wait;
        if (end == RepriceEnd.Failed) throw new ViolationException("reprice does not fail", _loop.Reason!);
        World.Trace?.Add($"{Name}: {end} {_loop.Reason}, {_loop.Total.Repriced} of {_loop.Total.Looked} repriced");
        if (end == RepriceEnd.Refused) World.Note(Happening.RepriceRefused);
        if (_loop.Total.Repriced > 0) World.Note(Happening.Repriced);
        if (_holder!.IsResumed) World.Note(Happening.RepriceResumed);
        Release();
        _wanted = null;
        return wait;
    }

    protected override void End()
    {
        _loop?.Rest();
        Release();
    }

    protected override void Killed() => _wasKilled = true;

    private void Make(PriceBook book, RepricePeriod period)
    {
        _step = new RepriceStep(book, _catalog!, _catalog!, period, []);
        var run = new RepriceRun
        {
            Owner = World.Chance.Id(),
            PeriodStart = period.Start,
            PeriodEnd = period.End,
            CatalogueId = book.Catalogues[0].Id,
            CatalogueVersion = book.Version,
            BeganAt = TimestampMicros.Truncate(World.Time.Now),
            Phase = RepricePhase.Running,
            Repriced = 0,
        };
        _holder = new RunHolder(Log, _catalog!, run, RunHolder.DefaultWatch, World.Time);
        _loop = new RepriceLoop(Log, _catalog!, _step, _holder, World.Time, World.Chance.Of([5, 40, LatestRevisions.MaxHeld]));
    }
}
