using System.Net;
using System.Net.Sockets;
using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.Runtime.Hosting;

/// <summary>
/// What every service is made of, so that its Program.cs reads as a table of contents.
/// <code>
/// var service = new ServiceHost("usage-enricher", "Prices every usage event.", args, adminPort: 8092);
/// var pricing = service.Options&lt;PricingOptions&gt;();            // (1) bind every section
/// if (service.EndsHere(out var exitCode)) return exitCode;     // (2) --help, --validate, or all option errors at once
/// service.Health.Check("log", …);                              // (3) name its parts
/// service.Thread("enrich", DrainStage.Move, loop.Run);
/// return await service.RunAsync();                             // (4) run; drain on SIGTERM
/// </code>
/// </summary>
/// <remarks>Exit codes: 0 = drained, 1 = failed or not drained in time, 2 = bad options.</remarks>
public sealed partial class ServiceHost
{
    private readonly string _summary;
    private readonly CommandLine _commandLine;
    private readonly ServiceConfiguration _configuration;
    private readonly List<string> _problems = [];
    private readonly List<OptionEntry> _entries = [];
    private readonly List<string> _sections = [];
    private readonly List<Action<Drain>> _loops = [];
    private readonly List<Action<IEndpointRouteBuilder>> _pages = [];
    private readonly TextWriter _output;
    private readonly TextWriter _errors;
    private readonly AdminOptions _admin;
    private readonly ShutdownOptions _shutdown;
    private readonly TelemetryOptions _telemetry;
    private readonly CancellationTokenSource _stopRequested = new();
    private ILoggerFactory? _loggers;
    private volatile string? _failure;

    /// <summary>Sections of the product: one file may configure all services.</summary>
    private static readonly string[] ProductSections =
        ["Admin", "Alerting", "Budgets", "Elasticsearch", "Enricher", "Gateway", "Kafka", "Log", "Provisioning", "Registry", "Shutdown", "Sink", "Telemetry", "Watcher"];

    /// <param name="name">The command's name, such as `usage-enricher`.</param>
    /// <param name="summary">One sentence for `--help`.</param>
    /// <param name="adminPort">Default port of the admin endpoint, on loopback.</param>
    public ServiceHost(string name, string summary, IReadOnlyList<string> args, int adminPort)
        : this(name, summary, args, adminPort, ServiceSurroundings.OfProcess())
    {
        // Thrown while Program.cs puts its parts together: one line and exit code 1 rather than a stack trace and a core dump.
        AppDomain.CurrentDomain.UnhandledException += (_, unhandled) =>
        {
            if (unhandled.ExceptionObject is not ServiceStopException stop) return;
            _errors.WriteLine($"{Name}: {stop.Message}");
            Environment.Exit(1);
        };
    }

    internal ServiceHost(string name, string summary, IReadOnlyList<string> args, int adminPort, ServiceSurroundings surroundings)
    {
        Name = name;
        _summary = summary;
        _output = surroundings.Output;
        _errors = surroundings.Errors;
        Time = surroundings.Time;
        _commandLine = CommandLine.Parse(args);
        _configuration = new ServiceConfiguration(_commandLine, surroundings.Environment, surroundings.WorkingFolder);
        _problems.AddRange(_commandLine.Problems);
        _problems.AddRange(_configuration.Problems);
        _admin = Options(new AdminOptions { Address = new IPEndPoint(IPAddress.Loopback, adminPort) });
        _shutdown = Options<ShutdownOptions>();
        _telemetry = Options<TelemetryOptions>();
    }

    public string Name { get; }

    public TimeProvider Time { get; }

    public Health Health { get; } = new();

    public IPEndPoint AdminAddress => _admin.Address;

    /// <summary>Loggers of the service; to be used once <see cref="EndsHere"/> said no.</summary>
    public ILoggerFactory Loggers => _loggers ??= ServiceLogging.Create(_telemetry);

    /// <summary>Binds and checks the section that the type's <see cref="SectionAttribute"/> names.</summary>
    public T Options<T>() where T : class, new() => Options(new T());

    /// <summary>The same with other defaults than the type's own.</summary>
    public T Options<T>(T defaults) where T : class
    {
        var section = typeof(T).GetCustomAttribute<SectionAttribute>()?.Name
            ?? throw new InvalidOperationException($"{typeof(T)} needs a [Section]");
        _sections.Add(section);
        _entries.AddRange(OptionsHelp.Entries(section, defaults));
        foreach (var member in OptionMember.Of(typeof(T)))
            if (member.Option.Switch is { } name && _commandLine.Take(name) is { } value) _configuration.Override($"{section}:{member.Name}", value);
        new OptionsBinder(_problems).Bind(defaults, _configuration.Section(section));
        return defaults;
    }

    /// <summary>Whether any layer of configuration gives this key, after its section was bound.</summary>
    public bool IsGiven(string key) => _configuration.IsGiven(key);

    /// <summary>Adds a problem that only the service can see, such as one inside a file that an option names.</summary>
    public void Problem(string key, string message) => _problems.Add($"{key}: {message}");

    /// <summary>
    /// True when the process shall not run, with its exit code: `--help` (0), `--validate` (0 when all is well), or option
    /// problems, all printed at once (2). To be asked once, after the last <see cref="Options{T}()"/>.
    /// </summary>
    public bool EndsHere(out int exitCode)
    {
        exitCode = 0;
        var isHelpWanted = _commandLine.Take("--help") is not null;
        var isOnlyValidated = _commandLine.Take("--validate") is not null;
        if (isHelpWanted)
        {
            _output.WriteLine($"{Name}: {_summary}\n\nUsage: {Name} [--config FILE] [--validate] [--help] [--Section:Key VALUE ...]");
            _output.WriteLine("Options come from appsettings.json, --config FILE, environment (Section__Key), command line; the last one wins.");
            OptionsHelp.Write(_output, _entries);
            return true;
        }

        _problems.AddRange(_configuration.UnknownSections(_sections, ProductSections));
        foreach (var name in _commandLine.Unknown())
        {
            var nearest = NearestName.Of(name, _commandLine.Known);
            _problems.Add($"{name}: unknown argument; {(nearest is null ? "see --help" : $"did you mean {nearest}?")}");
        }

        if (_problems.Count > 0)
        {
            _errors.WriteLine($"{Name}: {_problems.Count} option {(_problems.Count == 1 ? "problem" : "problems")}");
            foreach (var problem in _problems) _errors.WriteLine($"  {problem}");
            exitCode = 2;
            return true;
        }

        if (isOnlyValidated) _output.WriteLine("options ok");
        return isOnlyValidated;
    }

    /// <summary>A line on standard output, for a command that ends by itself.</summary>
    internal void Say(string line) => _output.WriteLine(line);

    /// <summary>Prints why a good option cannot be acted on, such as a folder that another process holds.</summary>
    /// <returns>The process's exit code.</returns>
    public int CannotStart(string key, string problem)
    {
        _errors.WriteLine($"{Name}: {key}: {problem}");
        return 1;
    }

    /// <summary>Adds pages to the admin endpoint.</summary>
    public void Pages(Action<IEndpointRouteBuilder> map) => _pages.Add(map);

    /// <summary>A loop on a thread of its own. It must return soon after its token is cancelled; if it throws, the process stops with 1.</summary>
    public void Thread(string name, DrainStage stage, Action<CancellationToken> loop) => _loops.Add(drain => drain.StartThread(name, stage, loop));

    /// <summary>Asynchronous work, with the same duties as a loop.</summary>
    public void Task(string name, DrainStage stage, Func<CancellationToken, Task> work) => _loops.Add(drain => drain.StartTask(name, stage, work));

    /// <summary>Ends the service as a failure, for a state that it must not work in.</summary>
    /// <param name="reason">One sentence with the remedy, for the log.</param>
    public void Fail(string reason)
    {
        _failure = reason;
        ServiceFailed(Loggers.CreateLogger(Name), Name, reason);
        RequestStop();
    }

    /// <summary>Begins the drain, as SIGTERM does.</summary>
    public void RequestStop() => _stopRequested.Cancel();

    /// <summary>Starts everything in the order it was added, waits for a signal or a failure, and drains.</summary>
    /// <returns>The process's exit code.</returns>
    public async Task<int> RunAsync()
    {
        var logger = Loggers.CreateLogger(Name);
        var drain = new Drain(logger, Time);
        ProcessMetrics.Define();
        using var signals = new StopSignals(RequestStop);
        using var otlp = OtlpExport.Start(Name, _telemetry);
        await using var admin = new AdminServer(this, drain, _pages);
        try
        {
            await admin.StartAsync();
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            AdminNotStarted(logger, AdminAddress, error.Message);
            Loggers.Dispose();
            return 1;
        }

        foreach (var start in _loops) start(drain);
        ServiceStarted(logger, Name, AdminAddress);
        var stopping = new TaskCompletionSource();
        await using (_stopRequested.Token.Register(stopping.SetResult)) await System.Threading.Tasks.Task.WhenAny(stopping.Task, drain.Died);

        ServiceDraining(logger, Name);
        var undrained = await drain.StopAsync(_shutdown.DrainTimeout);
        foreach (var loop in undrained) LoopNotDrained(logger, loop, _shutdown.DrainTimeout);
        var exitCode = undrained.Count > 0 || drain.Dead is not null || _failure is not null ? 1 : 0;
        ServiceStopped(logger, Name, exitCode);
        Loggers.Dispose();
        return exitCode;
    }

    [LoggerMessage(10, LogLevel.Information, "ServiceStarted {Service}: health and metrics on {Address}", EventName = "ServiceStarted")]
    private static partial void ServiceStarted(ILogger logger, string service, IPEndPoint address);

    [LoggerMessage(11, LogLevel.Information, "ServiceDraining {Service}", EventName = "ServiceDraining")]
    private static partial void ServiceDraining(ILogger logger, string service);

    [LoggerMessage(12, LogLevel.Information, "ServiceStopped {Service}: exit code {ExitCode}", EventName = "ServiceStopped")]
    private static partial void ServiceStopped(ILogger logger, string service, int exitCode);

    [LoggerMessage(13, LogLevel.Error, "LoopNotDrained {Loop}: still working after {Timeout}", EventName = "LoopNotDrained")]
    private static partial void LoopNotDrained(ILogger logger, string loop, TimeSpan timeout);

    [LoggerMessage(14, LogLevel.Critical, "ServiceFailed {Service}: {Reason}", EventName = "ServiceFailed")]
    private static partial void ServiceFailed(ILogger logger, string service, string reason);

    [LoggerMessage(15, LogLevel.Critical, "AdminNotStarted on {Address}: {Reason}", EventName = "AdminNotStarted")]
    private static partial void AdminNotStarted(ILogger logger, IPEndPoint address, string reason);
}
