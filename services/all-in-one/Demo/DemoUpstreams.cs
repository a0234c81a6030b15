using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Hosting;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// The providers `demo-openai` and `demo-anthropic`: on loopback, without keys, with real shapes and invented figures.
/// A call with header `x-demo-fault: 429` or `500` gets that error. The receiver of the demo's alerts is here too.
/// </summary>
internal sealed class DemoUpstreams : IDisposable
{
    public const string FaultHeader = "x-demo-fault";

    private const string AlertPath = "/alerts";
    private const int MaxBodyBytes = 8 * 1024 * 1024;

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Uri _address;

    /// <summary>Takes a free port, so that the addresses are known; calls wait until it runs.</summary>
    public DemoUpstreams()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _address = new Uri($"http://{_listener.LocalEndPoint}");
        Receiver = new DemoReceiver(new Uri(_address, AlertPath));
    }

    /// <summary>Takes the alerts of the demo's budgets.</summary>
    public DemoReceiver Receiver { get; }

    /// <summary>Base address of `demo-openai`.</summary>
    public Uri OpenAi => new(_address, "/openai");

    /// <summary>Base address of `demo-anthropic`.</summary>
    public Uri Anthropic => new(_address, "/anthropic");

    /// <summary>Answers until stopped.</summary>
    /// <param name="frameDelay">Pause between the frames of a stream.</param>
    public async Task Run(ulong seed, TimeSpan frameDelay, TimeProvider time, ILoggerFactory loggers, CancellationToken stop)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseSockets(sockets => sockets.CreateBoundListenSocket = _ => _listener).ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Listen((IPEndPoint)_listener.LocalEndPoint!);
        });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, ProcessLifetime>();
        await using var server = builder.Build();
        var answers = new DemoAnswers(seed, frameDelay, time);
        server.MapPost("/openai/v1/chat/completions", context => answers.Answer(context, OpenAiReplies.Error,
            request => OpenAiReplies.Chat(request, time.GetUtcNow()), request => OpenAiReplies.ChatStream(request, time.GetUtcNow())));
        server.MapPost("/openai/v1/embeddings", context => answers.Answer(context, OpenAiReplies.Error, OpenAiReplies.Embeddings, null));
        server.MapPost("/anthropic/v1/messages", context =>
            answers.Answer(context, AnthropicReplies.Error, AnthropicReplies.Message, AnthropicReplies.MessageStream));
        server.MapPost(AlertPath, Receiver.Take);
        server.MapFallback("/anthropic/{**path}", static context => DemoAnswers.Write(context, 404, AnthropicReplies.Error(404)));
        server.MapFallback(static context => DemoAnswers.Write(context, 404, OpenAiReplies.Error(404)));
        await server.StartAsync(stop);
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    public void Dispose() => _listener.Dispose();
}
