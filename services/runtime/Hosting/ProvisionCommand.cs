using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.Runtime.Hosting;

/// <summary>Provisioning as a command of its own, besides what every service does at its start.</summary>
[Section("Provisioning")]
public sealed class ProvisioningOptions
{
    [Option("Make what is missing of topics, positions, schemas and (es-sink) templates, say what was done, and end: 0 all is there, 1 not. Again changes nothing.",
        Switch = "--provision")]
    public bool Only { get; init; }

    [Option("Longest time in which --provision tries again while brokers, registry or cluster do not answer.")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>What one service provisions beyond topics and schemas.</summary>
/// <param name="Try">False = not yet: asked again later.</param>
/// <param name="Check">Why not.</param>
/// <param name="Done">One line for each thing that is there now, saying whether it was made.</param>
public sealed record ProvisionedStore(Func<CancellationToken, bool> Try, Func<CheckResult> Check, Func<IReadOnlyList<string>> Done);

/// <summary>
/// `SERVICE --provision`: what services do for themselves at start, once and with a report, through the same code.
/// <code>
///   topics and position 0 of their groups ──► schemas ──► the store's templates ──► one line each on standard output
/// </code>
/// Topics and schemas are the pipeline's, not one service's: whichever is asked makes all of them.
/// </summary>
public sealed class ProvisionCommand
{
    private const int MaxWarningCharacters = 300;

    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(1);

    private readonly ServiceHost _service;
    private readonly LogSetup _setup;
    private readonly ProvisioningOptions _options;

    /// <summary>What is missing now: the reason when time runs out.</summary>
    private string _missing;

    private ProvisionCommand(ServiceHost service, LogSetup setup)
    {
        (_service, _setup, _options) = (service, setup, service.Options<ProvisioningOptions>());
        _missing = $"{setup.Description} cannot be reached";
    }

    /// <summary>Whether the process was started for this alone.</summary>
    public bool IsAsked => _options.Only;

    /// <summary>Binds the section Provisioning; before <see cref="ServiceHost.EndsHere"/>.</summary>
    public static ProvisionCommand Bind(ServiceHost service, LogSetup setup) => new(service, setup);

    /// <returns>The process's exit code: 0 = all is as it must be; 1 = not, and one line on standard error says why.</returns>
    public int Run(ProvisionedStore? store = null)
    {
        using var stop = new CancellationTokenSource(_options.Timeout, _service.Time);
        using var signals = new StopSignals(stop.Cancel);
        try
        {
            using var log = LogConnection.Open(_service, _setup, SchemaSet.All);
            return Provision(log, store, stop.Token) ? 0 : _service.CannotStart("--provision", _missing);
        }
        catch (ServiceStopException refused)
        {
            return _service.CannotStart("--provision", refused.Message);
        }
        catch (OperationCanceledException)
        {
            return _service.CannotStart("--provision", _missing);
        }
        finally
        {
            _service.Loggers.Dispose();
        }
    }

    private bool Provision(LogConnection log, ProvisionedStore? store, CancellationToken stop)
    {
        TopicsFound? before = null, now = null;
        HashSet<SchemaFile>? known = null;
        if (!Until(() => (before = TopicsFound.In(log.Log, _setup.TopicSpecs)) is not null, stop)) return false;
        if (!Until(() => (known = Registered(log.Registry, stop)) is not null, stop)) return false;

        if (!log.WaitUntilReady(stop) || !Until(() => (now = TopicsFound.In(log.Log, _setup.TopicSpecs)) is not null, stop)) return false;
        foreach (var line in now!.Since(before!)) _service.Say(line);
        foreach (var schema in SchemaSet.All)
            _service.Say($"schema {schema.Subject}: {(known!.Contains(schema) ? "there" : "registered")}, id {log.Schemas.IdOf(schema.Subject)}");

        if (store is not null)
        {
            if (!Until(() => store.Try(stop) || Misses(store.Check().Message), stop)) return false;
            foreach (var line in store.Done()) _service.Say(line);
        }

        foreach (var (name, result) in _service.Health.Ask())
            if (result.Status == CheckStatus.Warning) _service.Say($"warning, {name}: {Shortened(result.Message)}");
        return true;
    }

    /// <returns>Null when the registry is away.</returns>
    private HashSet<SchemaFile>? Registered(ISchemaRegistry registry, CancellationToken stop)
    {
        var known = new HashSet<SchemaFile>();
        foreach (var schema in SchemaSet.All)
        {
            _missing = $"the schema registry did not answer about {schema.Subject}; check Registry:Url";
            var answer = registry.LookUp(schema.Subject, schema.Json, stop);
            if (answer.IsOk) known.Add(schema);
            if (answer.Outcome != RegistryOutcome.Unreachable) continue;
            Misses(answer.Message!);
            return null;
        }

        _missing = $"{_setup.Description} did not make the topics in time";
        return known;
    }

    private bool Misses(string what)
    {
        _missing = what;
        return false;
    }

    private static string Shortened(string message) =>
        message.Length <= MaxWarningCharacters ? message : string.Concat(message.AsSpan(0, MaxWarningCharacters), " …; whole in /readyz");

    private static bool Until(Func<bool> isDone, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (isDone()) return true;
            stop.WaitHandle.WaitOne(RetryWait);
        }

        return false;
    }
}
