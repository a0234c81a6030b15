using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;

namespace Pipeline.Runtime.Hosting;

/// <summary>The options of log and registry together, and the engines that they name.</summary>
public sealed class LogSetup
{
    private readonly ServiceHost _service;
    private readonly KafkaOptions _kafka;
    private readonly RegistryOptions _registry;

    private LogSetup(ServiceHost service, LogOptions log, KafkaOptions kafka, RegistryOptions registry) =>
        (_service, Log, _kafka, _registry) = (service, log, kafka, registry);

    public LogOptions Log { get; }

    /// <summary>Whether a registry server is used rather than a file beside the embedded log.</summary>
    public bool HasRegistryServer => _registry.Url is not null;

    /// <summary>One line for an operator: engine and where it is.</summary>
    public string Description => Log.Engine == LogEngine.Kafka ? $"kafka {_kafka.Bootstrap}" : $"embedded log in {Path.GetFullPath(Log.Path)}";

    /// <summary>Binds the sections Kafka, Registry and Log.</summary>
    /// <param name="engine">Engine when none is named; naming brokers names Kafka.</param>
    /// <param name="path">Folder of the embedded log when none is named.</param>
    public static LogSetup Bind(ServiceHost service, LogEngine engine = LogEngine.Kafka, string path = "./data/log")
    {
        var kafka = service.Options<KafkaOptions>();
        var registry = service.Options<RegistryOptions>();
        var log = service.Options(new LogOptions { Engine = service.IsGiven("Kafka:Bootstrap") ? LogEngine.Kafka : engine, Path = path });
        if (log.Engine == LogEngine.Kafka && registry.Url is null)
            service.Problem("Registry:Url", "is missing; Kafka needs a schema registry, such as http://127.0.0.1:8081");
        return new LogSetup(service, log, kafka, registry);
    }

    /// <summary>Opens the log. Kafka being away is no failure here.</summary>
    /// <exception cref="ServiceStopException">The embedded log's folder cannot be used.</exception>
    public ILog OpenLog() => Log.Engine switch
    {
        LogEngine.Kafka => new KafkaLog(_kafka, _service.Loggers.CreateLogger("kafka"), _service.Time),
        _ => OpenEmbedded(),
    };

    /// <summary>Opens the registry: a server when one is named, else the file beside the embedded log.</summary>
    /// <exception cref="ServiceStopException">The file is damaged.</exception>
    public ISchemaRegistry OpenRegistry() => _registry.Url is null
        ? OpenSchemaFile()
        : new HttpSchemaRegistry(_registry, new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }, _service.Time);

    /// <summary>Partitions of topics that are made.</summary>
    public int Partitions => _kafka.Partitions;

    /// <summary>Topics as they shall be made and checked.</summary>
    public IReadOnlyList<TopicSpec> TopicSpecs => Topics.All(_kafka.Partitions);

    /// <summary>Whether schemas are registered, or only looked up.</summary>
    public bool MayRegister => _registry.Register;

    private FileSchemaRegistry OpenSchemaFile()
    {
        try
        {
            return new FileSchemaRegistry(Path.Combine(Log.Path, "schemas.json"));
        }
        catch (InvalidDataException error)
        {
            throw new ServiceStopException(error.Message);
        }
    }

    private EmbeddedLog OpenEmbedded()
    {
        var opening = EmbeddedLog.Open(Log.Path, new EmbeddedLogOptions(Fsync: Log.Fsync), _service.Time, _service.Loggers.CreateLogger("log"));
        return opening.Log ?? throw new ServiceStopException($"Log:Path: {opening.Failure}");
    }
}
