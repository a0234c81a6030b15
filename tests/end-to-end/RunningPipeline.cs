using System.Net;
using Pipeline.EndToEnd.Chaos;

namespace Pipeline.EndToEnd;

/// <summary>The four services as separate processes on the real servers, with a recorded upstream behind the gateway.</summary>
public sealed class RunningPipeline : IAsyncDisposable
{
    /// <summary>Each under the name of its kind.</summary>
    private static readonly string[] Upstreams =
    [
        "openai", "anthropic", "google", "vertex", "azure", "mistral", "cohere", "groq", "deepseek", "xai", "together", "openrouter", "perplexity",
        "ollama", "bedrock", "voyage", "zai", "cerebras", "huggingface",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-e2e-").FullName;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly List<ServiceProcess> _services = [];

    private RunningPipeline(ServerAddresses servers, RecordedUpstream upstream, IReadOnlyDictionary<string, string> settings, string runId)
    {
        (Servers, Upstream, _settings, RunId) = (servers, upstream, settings, runId);
        var port = FreePorts.One();
        Gateway = $"http://127.0.0.1:{port}";
        Client = NewClient();
        GatewayProcess = Add("gateway-edge",
        [
            ("Gateway__Address", $"127.0.0.1:{port}"),
            ("Gateway__Spool__Path", SpoolFolder),
            .. Upstreams.SelectMany(name => new[]
            {
                ($"Gateway__Upstreams__{name}__BaseAddress", upstream.Address),
                ($"Gateway__Upstreams__{name}__Api", name),
            }),
            ("Gateway__Upstreams__openai__InjectUsage", "true"),
        ]);
        EnricherProcess = Add("usage-enricher");
        SinkProcess = Add("es-sink");
        WatcherProcess = Add("budget-watcher");
    }

    /// <summary>Where the gateway keeps its events until they are shipped.</summary>
    public string SpoolFolder => Path.Combine(_folder, "spool");

    /// <summary>Tenant of every call of this run: what else is in the topics and indices is not ours to count.</summary>
    public string RunId { get; }

    public ServerAddresses Servers { get; }
    public string Gateway { get; }
    public HttpClient Client { get; }
    public RecordedUpstream Upstream { get; }
    public ServiceProcess GatewayProcess { get; }
    public ServiceProcess EnricherProcess { get; }
    public ServiceProcess SinkProcess { get; }
    public ServiceProcess WatcherProcess { get; }

    /// <summary>Every process, in the order in which they were added.</summary>
    public IReadOnlyList<ServiceProcess> Services => _services;

    public string Output => string.Join("\n", _services.Select(s => s.Output));

    /// <summary>How each process stands, then all they wrote.</summary>
    public string Account => string.Join("\n", _services.Select(static s => s.Account)) + "\n\n" + Output;

    public CallTarget Target => new(Gateway, RunId, Client, Upstream, () => Account);

    public TopicContents Topics => TopicContents.OfKafka(Servers.Kafka, RunId);

    /// <param name="settings">For every process, as environment variables.</param>
    /// <param name="runId">From <see cref="NewRunId"/>, when it must be known before the start.</param>
    public static async Task<RunningPipeline> StartAsync(ServerAddresses servers, IReadOnlyDictionary<string, string>? settings = null, string? runId = null)
    {
        var pipeline = new RunningPipeline(servers, RecordedUpstream.Start(), settings ?? new Dictionary<string, string>(), runId ?? NewRunId());
        foreach (var service in pipeline._services) await service.StartAsync();
        return pipeline;
    }

    public static string NewRunId() => "run-" + Guid.NewGuid().ToString("N")[..12];

    /// <summary>A client that shows every byte as it came.</summary>
    public static HttpClient NewClient() =>
        new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None, UseProxy = false }) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>One more process of a kind, not started yet; it ends with the pipeline.</summary>
    public ServiceProcess Add(string service, params (string Key, string Value)[] settings)
    {
        var adminPort = FreePorts.One();
        var environment = new Dictionary<string, string>
        {
            ["Kafka__Bootstrap"] = Servers.Kafka,
            ["Kafka__AllowWeakTopics"] = "true",
            ["Kafka__ReplicationFactor"] = "1",
            ["Kafka__Partitions"] = "4",
            ["Registry__Url"] = Servers.Registry,
            ["Elasticsearch__Url"] = Servers.Elasticsearch,
            ["Admin__Address"] = $"127.0.0.1:{adminPort}",
        };
        foreach (var (key, value) in settings) environment[key] = value;
        // A test's own word stands above what the pipeline is otherwise set up with.
        foreach (var (key, value) in _settings) environment[key] = value;
        var process = new ServiceProcess(service, $"http://127.0.0.1:{adminPort}", environment);
        _services.Add(process);
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services) service.Dispose();
        Client.Dispose();
        await Upstream.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
