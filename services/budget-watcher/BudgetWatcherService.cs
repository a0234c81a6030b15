using Microsoft.Extensions.Logging;
using Pipeline.BudgetWatcher.Routing;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher;

/// <summary>The watcher as a part of a process: its topics, its step and the loop that moves records through it.</summary>
public sealed class BudgetWatcherService : IDisposable
{
    /// <summary>Wait between attempts to reach a log or a registry that is away at the start.</summary>
    private static readonly TimeSpan StartWait = TimeSpan.FromSeconds(1);

    private readonly ILog _log;
    private readonly int _partitions;
    private readonly SchemaCatalog _schemas;
    private readonly RouterTransform _router;
    private readonly TransformLoop _loop;
    private volatile string? _unprovisioned = "the topics are not checked yet";

    /// <param name="partitions">Partitions of topics that have to be made.</param>
    /// <param name="mayRegister">False = schemas are only looked up.</param>
    public BudgetWatcherService(
        ILog log, ISchemaRegistry registry, bool mayRegister, int partitions, WatcherOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        (_log, _partitions) = (log, partitions);
        _schemas = new SchemaCatalog(registry, [SchemaSet.UsageAggregate], mayRegister);
        _router = new RouterTransform(_schemas, new SpendMetrics());
        var instance = options.Instance ?? $"{Environment.MachineName}-{Environment.ProcessId}";
        _loop = new TransformLoop(
            log,
            _router,
            new TransformOptions(RouterTransform.Stage, Groups.Router, [Topics.Aggregates], $"{RouterTransform.Stage}-{instance}")
            {
                MaxBatchRecords = options.MaxBatchRecords,
                MaxConsecutiveDeadLetters = options.MaxConsecutiveDeadLetters,
                StartFrom = options.StartFrom,
            },
            _schemas.Resolve,
            time,
            loggers.CreateLogger(RouterTransform.Stage));
    }

    /// <summary>Adds the loop and its checks to the process.</summary>
    public void AddTo(ServiceHost host)
    {
        host.Health.Check("watcher-topics", () => _unprovisioned is { } why ? CheckResult.NotReady(why) : CheckResult.Ok);
        host.Health.Check("watcher-registry", _schemas.Check);
        host.Health.Check("watcher-router", () => Check(_loop.Status));
        host.Thread("route", DrainStage.Move, Run);
    }

    /// <summary>Runs on the calling thread until stopped.</summary>
    /// <exception cref="ServiceStopException">A topic is weaker than the guarantees need, or the registry refuses our schemas.</exception>
    /// <exception cref="LoopStoppedException">Too many dead letters in a row.</exception>
    public void Run(CancellationToken stop)
    {
        while (!(IsProvisioned() && _schemas.Prepare(stop)))
            if (stop.WaitHandle.WaitOne(StartWait))
                return;
        _loop.Run(stop);
    }

    public void Dispose()
    {
        _loop.Dispose();
        _router.Dispose();
    }

    private bool IsProvisioned()
    {
        if (_unprovisioned is null) return true;
        var defects = _log.Provision(Topics.All(_partitions));
        if (defects is { Count: > 0 }) throw new ServiceStopException(string.Join(" · ", defects));
        _unprovisioned = defects is null ? "the log is away: the topics are not checked yet" : null;
        return defects is not null;
    }

    private static CheckResult Check(LoopStatus status) => status switch
    {
        { StoppedPartitions: [var first, ..] } => CheckResult.NotReady(first.Reason),
        { Phase: LoopPhase.Running } => CheckResult.Ok,
        { Reason: var reason, Phase: var phase } => CheckResult.NotReady(reason ?? phase.ToString()),
    };
}
