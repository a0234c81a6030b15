using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.Runtime.Hosting;

/// <summary>
/// What a service's loops share: the log with its topics provisioned, and the schemas with their ids. Both may be away at
/// start: loops wait for them, readiness says so.
/// </summary>
public sealed partial class LogConnection : IDisposable
{
    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(1);

    private readonly ServiceHost _service;
    private readonly LogOptions _options;
    private readonly IReadOnlyList<TopicSpec> _topics;
    private readonly string _description;
    private readonly ILogger _logger;
    private readonly Lock _provisioning = new();
    private readonly string _instance;
    private volatile bool _isProvisioned;

    /// <param name="mayRegister">False = schemas are only looked up.</param>
    /// <param name="log">Disposed with this, as is the registry.</param>
    public LogConnection(
        ServiceHost service, LogOptions options, ILog log, ISchemaRegistry registry, IReadOnlyList<TopicSpec> topics,
        IReadOnlyList<SchemaFile> schemas, string description, bool mayRegister = true, bool isNeeded = true)
    {
        (_service, _options, _topics, _description) = (service, options, topics, description);
        _logger = service.Loggers.CreateLogger("log");
        _instance = options.Instance ?? Guid.NewGuid().ToString("N")[..8];
        Log = log;
        Registry = registry;
        Schemas = new SchemaCatalog(registry, schemas, mayRegister);
        service.Health.Check("log", () => Weaken(CheckTopics(), isNeeded));
        service.Health.Check("schemas", () => Weaken(Schemas.Check(), isNeeded));
    }

    public ILog Log { get; }

    public ISchemaRegistry Registry { get; }

    public SchemaCatalog Schemas { get; }

    /// <param name="schemas">The schemas that the service reads or writes.</param>
    /// <param name="isNeeded">False = the service does its work while log or registry are away: they only warn.</param>
    /// <param name="more">Topics beside the pipeline's own; null = none.</param>
    public static LogConnection Open(
        ServiceHost service, LogSetup setup, IReadOnlyList<SchemaFile> schemas, bool isNeeded = true, IReadOnlyList<TopicSpec>? more = null) => new(
        service, setup.Log, setup.OpenLog(), setup.OpenRegistry(), more is null ? setup.TopicSpecs : [.. setup.TopicSpecs, .. more], schemas, setup.Description, setup.MayRegister, isNeeded);

    /// <summary>A name that no other running process of this stage has, for transactional ids.</summary>
    public string IdOf(string stage) => $"{stage}-{_instance}";

    /// <summary>Waits until topics are provisioned and our schemas have ids.</summary>
    /// <returns>False when <paramref name="stop"/> came first.</returns>
    /// <exception cref="ServiceStopException">A topic is weaker than it must be, or the registry refuses a schema.</exception>
    public bool WaitUntilReady(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (Provision(stop) && Schemas.Prepare(stop)) return true;
            stop.WaitHandle.WaitOne(RetryWait);
        }

        return false;
    }

    /// <summary>Runs the step on the group's topics in a loop of its own, with its readiness.</summary>
    /// <param name="options">What the operator says by `--start-from` stands over <see cref="TransformOptions.StartFrom"/>.</param>
    /// <param name="prepare">What the step needs before each batch; null = its schemas.</param>
    /// <param name="begin">To be done once before the first batch, tried again until it says yes; null = nothing.</param>
    public TransformLoop AddLoop(ITransform step, TransformOptions options, PrepareBatch? prepare = null, Func<CancellationToken, bool>? begin = null)
    {
        var logger = _service.Loggers.CreateLogger(options.Stage);
        var loop = new TransformLoop(
            Log, step, options with { StartFrom = _options.StartFrom ?? options.StartFrom }, prepare ?? Schemas.Resolve, _service.Time, logger);
        _service.Health.Check(options.Stage, () => Check(loop.Status));
        _service.Thread(options.Stage, DrainStage.Move, stop =>
        {
            if (!WaitUntilReady(stop)) return;
            while (begin is not null && !begin(stop))
                if (stop.WaitHandle.WaitOne(RetryWait)) return;
            loop.Run(stop);
        });
        return loop;
    }

    public void Dispose()
    {
        Log.Dispose();
        (Registry as IDisposable)?.Dispose();
    }

    private bool Provision(CancellationToken stop)
    {
        if (_isProvisioned) return true;
        lock (_provisioning)
        {
            if (_isProvisioned) return true;
            // Every loop waits here, each try takes as long as the log's own bound: a stop must not wait for all of them.
            if (stop.IsCancellationRequested) return false;
            if (Log.Provision(_topics) is not { } defects)
            {
                LogAway(_logger, _description);
                return false;
            }

            if (defects.Count > 0)
            {
                throw new ServiceStopException($"topics are not as the guarantees need them: {string.Join("; ", defects)}; "
                    + "correct them, or give --allow-weak-topics on a development broker");
            }

            _isProvisioned = true;
            return true;
        }
    }

    private CheckResult CheckTopics()
    {
        if (!_isProvisioned) return CheckResult.NotReady($"the log cannot be reached or its topics are not provisioned yet: {_description}");
        if (Log is not KafkaLog { Weaknesses: { Count: > 0 } weak }) return CheckResult.Ok;
        return CheckResult.Warning($"weak topics are allowed: {string.Join("; ", weak)}");
    }

    private static CheckResult Check(LoopStatus status)
    {
        if (status.StoppedPartitions.Count > 0)
            return CheckResult.NotReady(string.Join("; ", status.StoppedPartitions.Select(static stopped => stopped.Reason)));
        return status.Phase is LoopPhase.Running or LoopPhase.Drained ? CheckResult.Ok : CheckResult.NotReady(status.Reason ?? "starting");
    }

    private static CheckResult Weaken(CheckResult result, bool isNeeded) =>
        isNeeded || result.Status != CheckStatus.NotReady ? result : CheckResult.Warning(result.Message);

    [LoggerMessage(20, LogLevel.Warning, "LogAway: {Log} cannot be reached; tried again until it can", EventName = "LogAway")]
    private static partial void LogAway(ILogger logger, string log);
}
