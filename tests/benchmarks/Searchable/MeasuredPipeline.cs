using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.TestKit;

namespace Pipeline.Benchmarks.Searchable;

/// <summary>The four services as processes with what they are set up with by default, and a provider that answers at once.</summary>
internal sealed class MeasuredPipeline : IAsyncDisposable
{
    private const string Request = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"two and two?"}]}""";

    private static readonly byte[] Reply = Encoding.UTF8.GetBytes(
        """{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"four"},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}}""");

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-searchable-").FullName;
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly WebApplication _provider;
    private readonly ServiceProcess[] _services;
    private readonly string _gateway;

    public MeasuredPipeline(string kafka, string registry, string elasticsearch)
    {
        Elasticsearch = elasticsearch;
        _provider = StartProvider();
        var port = FreePorts.One();
        _gateway = $"http://127.0.0.1:{port}";
        _services = [.. new[] { "gateway-edge", "usage-enricher", "es-sink", "budget-watcher" }.Select(name =>
        {
            var adminPort = FreePorts.One();
            return new ServiceProcess(name, $"http://127.0.0.1:{adminPort}", new Dictionary<string, string>
            {
                ["Kafka__Bootstrap"] = kafka,
                ["Kafka__AllowWeakTopics"] = "true",
                ["Kafka__ReplicationFactor"] = "1",
                ["Registry__Url"] = registry,
                ["Elasticsearch__Url"] = elasticsearch,
                ["Admin__Address"] = $"127.0.0.1:{adminPort}",
                ["Gateway__Address"] = $"127.0.0.1:{port}",
                ["Gateway__Spool__Path"] = Path.Combine(_folder, "spool"),
                ["Gateway__Upstreams__openai__BaseAddress"] = _provider.Urls.First(),
                ["Gateway__Upstreams__openai__Api"] = "openai",
            });
        })];
    }

    public string Elasticsearch { get; }

    public string Output => string.Join('\n', _services.Select(static service => service.Output));

    public async Task StartAsync()
    {
        foreach (var service in _services) await service.StartAsync();
    }

    /// <summary>One call, to the last byte of its reply.</summary>
    /// <returns>Its event id.</returns>
    public async Task<string> CallAsync()
    {
        using var content = new StringContent(Request, Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync(_gateway + "/openai/v1/chat/completions", content);
        answer.EnsureSuccessStatusCode();
        return answer.Headers.GetValues("x-llmops-request-id").Single();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services) service.Dispose();
        _client.Dispose();
        await _provider.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static WebApplication StartProvider()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(static async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = Reply.Length;
            await context.Response.Body.WriteAsync(Reply);
        });
        app.StartAsync().GetAwaiter().GetResult();
        return app;
    }
}
