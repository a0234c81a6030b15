using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.GatewayEdge.Attribution;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>A reply that the gateway gives itself, in the shape in which OpenAI's SDKs read errors.</summary>
/// <param name="Type">Stable name of the cause, for programs.</param>
/// <param name="Message">What is wrong and what to do, without anything out of the request but names.</param>
/// <param name="RetryAfterSeconds">Null = repeating does not help.</param>
internal sealed record EdgeReply(int StatusCode, string Type, string Message, int? RetryAfterSeconds = null)
{
    private const int SpoolRetrySeconds = 5;
    private const int BusyRetrySeconds = 1;
    private const int IdentityRetrySeconds = 5;

    public static readonly EdgeReply NotAPath = new(400, "bad_target",
        "The gateway forwards paths only: send /<upstream>/<path>, not an absolute address.");

    public static readonly EdgeReply DotSegment = new(400, "bad_target",
        "The path has a '.' or '..' segment, plain or encoded; send it without.");

    public static readonly EdgeReply Connect = new(501, "connect_not_supported",
        "CONNECT is not supported: the gateway forwards to configured upstreams only.");

    /// <summary>What answers it sends back what it was sent (RFC 9110, 9.3.8), and that may hold a key that the caller is not to see.</summary>
    public static readonly EdgeReply Trace = new(501, "trace_not_supported",
        "TRACE is not supported: its reply would show the headers that the gateway sends to the provider, keys among them.");

    public static readonly EdgeReply Upgrade = new(501, "upgrade_not_supported",
        "Upgraded connections (WebSocket) are not forwarded; use the provider's HTTP or server-sent-events API.");

    public static readonly EdgeReply Busy = new(503, "gateway_busy",
        "The gateway has its full number of calls in flight (Gateway:MaxConcurrentRequests).", BusyRetrySeconds);

    public static readonly EdgeReply SpoolFull = new(503, "spool_full",
        "The gateway cannot record this call's usage: its spool is full (Gateway:Spool:MaxBytes) and is set to refuse.", SpoolRetrySeconds);

    public static EdgeReply UnknownUpstream(IEnumerable<string> known) => new(404, "unknown_upstream",
        $"The path's first segment must be a configured upstream: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");

    /// <summary>Says what is wrong with a token or key, never what it was.</summary>
    public static EdgeReply Unidentified(IdentityFault fault) => fault switch
    {
        IdentityFault.TokenKeysUnavailable => new(503, fault.Name(), "The gateway has no keys to check the token with; its readiness says why.", IdentityRetrySeconds),
        IdentityFault.KeyNotForUpstream => new(403, fault.Name(), "The key is not for this upstream."),
        _ => new(401, fault.Name(), fault switch
        {
            IdentityFault.TokenMissing => "This upstream asks for a signed token and the request has none.",
            IdentityFault.TokenUnreadable => "The token is not a signed token in compact form.",
            IdentityFault.TokenAlgorithmRefused => "The token's signature is of a kind that is not allowed here.",
            IdentityFault.TokenKeyUnknown => "The token is signed by a key that its issuer does not publish.",
            IdentityFault.TokenSignatureWrong => "The token's signature is wrong.",
            IdentityFault.TokenIssuerWrong => "The token is of an issuer that does not count here.",
            IdentityFault.TokenAudienceWrong => "The token is meant for somebody else (aud).",
            IdentityFault.TokenExpired => "The token has expired, or says nothing of when it will (exp).",
            IdentityFault.TokenNotYetValid => "The token is not valid yet (nbf).",
            IdentityFault.KeyMissing => "This upstream asks for a key of this gateway and the request has none.",
            IdentityFault.KeyDisabled => "The key is disabled.",
            IdentityFault.KeyExpired => "The key has expired.",
            IdentityFault.KeyMisplaced => "A key of this gateway stands where none is looked for; send it as 'Authorization: Bearer', x-api-key, x-goog-api-key or api-key.",
            _ => "The key is not one of this gateway.",
        }),
    };

    /// <summary>What the caller hears when an upstream gave no reply.</summary>
    public static EdgeReply Failed(string upstream, AttemptFailure failure) => new(
        failure == AttemptFailure.RequestAborted ? 408 : failure.IsTimeout() ? 504 : 502,
        failure.Name()!,
        failure == AttemptFailure.RequestAborted ? "The request's body did not arrive whole." : $"Upstream '{upstream}' {Says(failure)}.");

    /// <summary>Quotes stay readable: this is JSON for programs and people, never part of a page.</summary>
    private static readonly JsonWriterOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public byte[] Json()
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Plainly))
        {
            json.WriteStartObject();
            json.WriteStartObject("error"u8);
            json.WriteString("message"u8, Message);
            json.WriteString("type"u8, "gateway_error");
            json.WriteNull("param"u8);
            json.WriteString("code"u8, Type);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static string Says(AttemptFailure failure) => failure switch
    {
        AttemptFailure.ConnectTimeout => "could not be connected to in time",
        AttemptFailure.ReplyTimeout => "did not answer in time",
        AttemptFailure.IdleTimeout => "went silent in the middle of its reply",
        AttemptFailure.ConnectionRefused => "refuses connections or cannot be reached",
        AttemptFailure.NameNotResolved => "has a host name that does not resolve",
        AttemptFailure.TlsFailed => "could not be trusted: TLS failed",
        AttemptFailure.InvalidReply => "gave a reply that is not valid HTTP",
        AttemptFailure.GatewayStopped => "was not done before the gateway stopped",
        _ => "broke the connection before replying",
    };
}
