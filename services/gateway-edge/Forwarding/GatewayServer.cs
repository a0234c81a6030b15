using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pipeline.GatewayEdge.Spooling;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Kestrel with one application behind it and nothing in between: no routing, no middleware, no request activity. Each of
/// these costs more than the forwarding itself.
/// </summary>
internal sealed class GatewayServer : IHttpApplication<Exchange>, IDisposable
{
    /// <summary>A caller must take at least this much of a reply that is ready for it, after a time of grace.</summary>
    private static readonly MinDataRate SlowestReader = new(bytesPerSecond: 120, gracePeriod: TimeSpan.FromSeconds(60));

    private readonly Forwarder _forwarder;
    private readonly Func<Exchange> _newExchange;
    private readonly KestrelServer _kestrel;

    public GatewayServer(GatewayOptions options, Forwarder forwarder, Func<Exchange> newExchange, ILoggerFactory loggers)
    {
        _forwarder = forwarder;
        _newExchange = newExchange;
        // A caller's work goes on on the thread that has its bytes at hand: a hop to another one costs more than the work.
        var transport = new SocketTransportOptions { UnsafePreferInlineScheduling = SocketTuning.IsInline };
        _kestrel = new KestrelServer(Options.Create(KestrelOptions(options)), new SocketTransportFactory(Options.Create(transport), loggers), loggers);
    }

    /// <summary>Where it listens, with the port that the system chose when 0 was asked for.</summary>
    public string? Address => _kestrel.Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()?.Addresses.FirstOrDefault();

    public Task StartAsync(CancellationToken stop) => _kestrel.StartAsync(this, stop);

    /// <summary>Takes no new calls and waits for those in flight until the token is cancelled.</summary>
    public Task StopAsync(CancellationToken atOnce) => _kestrel.StopAsync(atOnce);

    public Exchange CreateContext(IFeatureCollection contextFeatures)
    {
        var exchange = contextFeatures is IHostContextContainer<Exchange> connection ? connection.HostContext ??= _newExchange() : _newExchange();
        exchange.Begin(contextFeatures);
        return exchange;
    }

    public Task ProcessRequestAsync(Exchange context) => _forwarder.ForwardAsync(context);

    public void DisposeContext(Exchange context, Exception? exception)
    {
    }

    public void Dispose() => _kestrel.Dispose();

    private static KestrelServerOptions KestrelOptions(GatewayOptions options)
    {
        var kestrel = new KestrelServerOptions { AddServerHeader = false };
        // Bodies are forwarded as they come: their size is the provider's business. What is read of them is bounded.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MaxRequestHeadersTotalSize = options.MaxRequestHeadBytes;
        kestrel.Limits.MaxRequestLineSize = options.MaxRequestHeadBytes;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(1024 * 1024, options.MaxRequestHeadBytes);
        kestrel.Limits.MinResponseDataRate = SlowestReader;
        // Latin-1 keeps every byte of a header's value.
        kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        kestrel.Listen(options.Address, static listen => listen.Protocols = HttpProtocols.Http1);
        return kestrel;
    }
}
