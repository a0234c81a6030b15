using System.Net.Http;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Which leg of an attempt broke, and whose fault it was. The event's error_type takes these names in snake_case.</summary>
internal enum AttemptFailure
{
    None,

    /// <summary>No connection within the upstream's ConnectTimeout.</summary>
    ConnectTimeout,

    /// <summary>No reply headers within the upstream's ReplyTimeout.</summary>
    ReplyTimeout,

    /// <summary>Nothing more of a begun reply within the upstream's IdleTimeout.</summary>
    IdleTimeout,

    /// <summary>The upstream's address refuses connections or cannot be reached.</summary>
    ConnectionRefused,

    /// <summary>The upstream's host name has no address.</summary>
    NameNotResolved,

    /// <summary>TLS with the upstream failed.</summary>
    TlsFailed,

    /// <summary>The upstream broke the connection before its reply was whole.</summary>
    ConnectionReset,

    /// <summary>The upstream's reply is not HTTP, or breaks a bound of the client library.</summary>
    InvalidReply,

    /// <summary>The caller's own request body broke off while it was forwarded.</summary>
    RequestAborted,

    /// <summary>The caller left and the upstream was not done within the bounds of draining.</summary>
    DrainBound,

    /// <summary>The gateway stopped before the upstream was done.</summary>
    GatewayStopped,

    /// <summary>A defect of the gateway.</summary>
    GatewayFault,
}

internal static class AttemptFailures
{
    /// <summary>The token for error_type and metrics.</summary>
    public static string? Name(this AttemptFailure failure) => failure switch
    {
        AttemptFailure.None => null,
        AttemptFailure.ConnectTimeout => "connect_timeout",
        AttemptFailure.ReplyTimeout => "reply_timeout",
        AttemptFailure.IdleTimeout => "idle_timeout",
        AttemptFailure.ConnectionRefused => "connection_refused",
        AttemptFailure.NameNotResolved => "name_not_resolved",
        AttemptFailure.TlsFailed => "tls_failed",
        AttemptFailure.ConnectionReset => "connection_reset",
        AttemptFailure.InvalidReply => "invalid_reply",
        AttemptFailure.RequestAborted => "request_aborted",
        AttemptFailure.DrainBound => "drain_bound",
        AttemptFailure.GatewayStopped => "gateway_stopped",
        AttemptFailure.GatewayFault => "gateway_fault",
        _ => throw new ArgumentOutOfRangeException(nameof(failure)),
    };

    public static bool IsTimeout(this AttemptFailure failure) =>
        failure is AttemptFailure.ConnectTimeout or AttemptFailure.ReplyTimeout or AttemptFailure.IdleTimeout;

    /// <summary>Reads the client library's exception. The edge's own causes (timeouts, drains) are known before and win over this.</summary>
    public static AttemptFailure Of(Exception error) => error switch
    {
        // Our own tokens are asked first: a cancellation that is not ours is the handler's ConnectTimeout.
        OperationCanceledException => AttemptFailure.ConnectTimeout,
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => AttemptFailure.NameNotResolved,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => AttemptFailure.TlsFailed,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => AttemptFailure.ConnectionRefused,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded }
            or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.HttpProtocolError }
            => AttemptFailure.InvalidReply,
        AuthenticationException => AttemptFailure.TlsFailed,
        HttpRequestException { InnerException: SocketException } or SocketException => AttemptFailure.ConnectionReset,
        _ => AttemptFailure.ConnectionReset,
    };
}
