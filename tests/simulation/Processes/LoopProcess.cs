using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Processes;

/// <summary>A process of one consume-transform-produce loop: enricher, sink, router.</summary>
internal abstract class LoopProcess(SimulatedWorld world, string name, IReadOnlyList<SchemaFile> schemas) : SimulatedProcess(world, name)
{
    private static readonly CancellationToken NoStop = CancellationToken.None;

    private SchemaCatalog? _catalog;
    private ITransform? _step;
    private TransformLoop? _loop;
    private bool _isReady;
    private int _starts;

    public TransformLoop? Loop => _loop;

    /// <summary>The step of this start, and what it needs before it runs.</summary>
    protected abstract (ITransform Step, PrepareBatch Prepare) Make(SchemaCatalog catalog);

    protected abstract TransformOptions Options(string instance);

    protected override void Begin()
    {
        Release();
        _catalog = new SchemaCatalog(World.Registry, schemas);
        (_step, var prepare) = Make(_catalog);
        // A restarted pod keeps its name or gets a new one: then the old transaction ends by its timeout only.
        var instance = World.Chance.Hits(0.5) ? Name : $"{Name}-{++_starts}";
        _loop = new TransformLoop(Log, _step, Options(instance), prepare, World.Time, NullLogger.Instance);
        _isReady = false;
    }

    protected override TimeSpan TakeTurn()
    {
        if (!_isReady) _isReady = Log.Provision(SimulatedWorld.TopicSpecs) is { Count: 0 } && _catalog!.Prepare(NoStop);
        if (!_isReady) return TimeSpan.FromMilliseconds(500);
        var wait = _loop!.Turn(NoStop);
        if (wait > TimeSpan.Zero && _loop.Status.Phase == LoopPhase.Restoring) World.Note(Happening.RestoreWaited);
        return wait;
    }

    protected override void End()
    {
        _loop?.Dispose();
        _loop = null;
    }

    protected override void Killed() => _loop = null;

    /// <summary>The memory of a process that is gone. Not at once: it may be killed with its own code on the stack.</summary>
    public override void Release()
    {
        (_step as IDisposable)?.Dispose();
        _step = null;
    }
}
