using System.Collections.Frozen;
using System.Net;
using System.Net.Http;
using System.Text;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>A configured upstream, ready to be called: its addresses, its own connection pool, its bounds.</summary>
internal sealed class Upstream : IDisposable
{
    /// <summary>Below what providers and load balancers allow an idle connection, so that they rarely close one as we pick it.</summary>
    private static readonly TimeSpan IdleConnectionLifetime = TimeSpan.FromSeconds(45);

    /// <summary>Addresses change behind a name: connections are renewed to follow it.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(15);

    private static readonly UriCreationOptions AsGiven = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _base;
    private readonly string _basePath;

    /// <param name="handler">What sends; null = sockets as the options say.</param>
    /// <param name="gateway">What the gateway asks of callers where the upstream does not say it; null = nothing.</param>
    public Upstream(string name, UpstreamOptions options, HttpMessageHandler? handler = null, GatewayOptions? gateway = null)
    {
        Name = name;
        Options = options;
        var address = options.BaseAddress!;
        _base = address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/');
        _basePath = address.AbsolutePath.TrimEnd('/');
        Provider = options.Provider ?? options.Api!;
        Asks = RulesOf(name, options, gateway);
        IsRelay = Provider != options.Api;
        AnswersInHeaders = options.Api == BedrockApis.Table.Kind;
        Version = options.Http2 ? HttpVersion.Version20 : HttpVersion.Version11;
        VersionPolicy = options.Http2 && address.Scheme == Uri.UriSchemeHttps ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact;
        Sender = new HttpMessageInvoker(handler ?? Sockets(options), disposeHandler: handler is null);
    }

    public string Name { get; }

    public UpstreamOptions Options { get; }

    public string Provider { get; }

    /// <summary>What callers have to show; null = nothing is looked for.</summary>
    public IdentityRules? Asks { get; }

    /// <summary>Somebody else than the kind's own vendor answers, whose zeros need not be the vendor's.</summary>
    public bool IsRelay { get; }

    /// <summary>Counts and error types may stand in headers of its replies.</summary>
    public bool AnswersInHeaders { get; }

    public Version Version { get; }

    public HttpVersionPolicy VersionPolicy { get; }

    public HttpMessageInvoker Sender { get; }

    public static FrozenDictionary<string, Upstream> All(GatewayOptions options) =>
        options.Upstreams.ToFrozenDictionary(
            static entry => entry.Key, entry => new Upstream(entry.Key, entry.Value, gateway: options), StringComparer.OrdinalIgnoreCase);

    /// <summary>The path of one call as the upstream sees it: which API it is may begin in the base address.</summary>
    /// <param name="path">Rest of the caller's path, beginning with `/` or empty.</param>
    public string PathOf(ReadOnlySpan<char> path) => path.IsEmpty ? $"{_basePath}/" : $"{_basePath}{path}";

    /// <summary>The address of one call, byte for byte what the caller wrote after the upstream's name.</summary>
    /// <param name="pathAndQuery">Rest of the caller's target, beginning with `/` or `?`, or empty.</param>
    public Uri AddressOf(ReadOnlySpan<char> pathAndQuery) =>
        new(pathAndQuery.IsEmpty || pathAndQuery[0] != '/' ? $"{_base}/{pathAndQuery}" : $"{_base}{pathAndQuery}", AsGiven);

    public void Dispose() => Sender.Dispose();

    private static IdentityRules? RulesOf(string name, UpstreamOptions options, GatewayOptions? gateway)
    {
        var token = options.Jwt ?? gateway?.Jwt.Mode ?? IdentityDemand.Off;
        var key = options.VirtualKeys ?? gateway?.VirtualKeys.Mode ?? IdentityDemand.Off;
        if (token == IdentityDemand.Off && key == IdentityDemand.Off) return null;
        return new IdentityRules(name, token, key, options.CredentialHeader ?? IdentityRules.CredentialHeaderOf(options.Api!), options.ForwardToken);
    }

    private static SocketsHttpHandler Sockets(UpstreamOptions options) => new()
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        // The caller's traceparent goes on as it is; the gateway adds no span of its own to the provider's view.
        ActivityHeadersPropagator = null,
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = options.MaxConnections,
        PooledConnectionIdleTimeout = IdleConnectionLifetime,
        PooledConnectionLifetime = ConnectionLifetime,
        EnableMultipleHttp2Connections = true,
        // Both ends read headers as Latin-1, which keeps every byte.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };
}
