using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>What happens to a request's header on its way to the upstream.</summary>
internal enum RequestHeaderRule
{
    /// <summary>Goes on as it came.</summary>
    Forward,

    /// <summary>Is about the connection to the caller only.</summary>
    HopByHop,

    /// <summary>Host, Expect: set or answered here.</summary>
    Replaced,

    /// <summary>Content-Length: follows from the body that is sent.</summary>
    ContentLength,

    /// <summary>`x-llm-*`: read here, kept from the provider.</summary>
    Attribution,

    /// <summary>Named by `Connection`; or Connection itself.</summary>
    Connection,

    /// <summary>Goes on, cut down to the encodings that metering can read.</summary>
    AcceptEncoding,

    /// <summary>Go on as they came, and are read here.</summary>
    Authorization,
    ApiKey,
    RequestId,
    TraceParent,
    RetryCount,
    AwsSdkRequest,
    ContentType,
    ContentEncoding,
    Signature,
}

/// <summary>
/// The complete list of headers that the gateway changes; all others pass untouched in both directions.
/// <list type="bullet">
/// <item>Request, removed: Connection and what it names (where it does not name keep-alive too: Kestrel shows nothing else then), Keep-Alive, Proxy-Connection, Proxy-Authorization, TE, Trailer, Transfer-Encoding,
/// Upgrade, HTTP2-Settings, Expect (answered here), every `x-llm-*`.</item>
/// <item>Request, set: Host (of the base address), Content-Length or Transfer-Encoding (of the body sent), Accept-Encoding (only encodings that
/// metering can read; `identity` when include_usage was injected or the call is captured), and the upstream's configured headers.</item>
/// <item>Request, signed for AWS: what the signature names among Accept-Encoding and `x-llm-*` goes on as it came.</item>
/// <item>Reply, removed: Connection and what it names, Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade, Trailer; Content-Length only where
/// the injected usage chunk may be cut.</item>
/// <item>Reply, set: the request id header; Date where the upstream has none; trailers end here (Kestrel sends none over HTTP/1.1).</item>
/// </list>
/// </summary>
internal static class HeaderRules
{
    public const string AttributionPrefix = "x-llm-";

    private static readonly FrozenDictionary<string, RequestHeaderRule> Requests = new Dictionary<string, RequestHeaderRule>
    {
        ["Connection"] = RequestHeaderRule.Connection,
        ["Keep-Alive"] = RequestHeaderRule.HopByHop,
        ["Proxy-Connection"] = RequestHeaderRule.HopByHop,
        ["Proxy-Authorization"] = RequestHeaderRule.HopByHop,
        ["TE"] = RequestHeaderRule.HopByHop,
        ["Trailer"] = RequestHeaderRule.HopByHop,
        ["Transfer-Encoding"] = RequestHeaderRule.HopByHop,
        ["Upgrade"] = RequestHeaderRule.HopByHop,
        ["HTTP2-Settings"] = RequestHeaderRule.HopByHop,
        ["Host"] = RequestHeaderRule.Replaced,
        ["Expect"] = RequestHeaderRule.Replaced,
        ["Content-Length"] = RequestHeaderRule.ContentLength,
        ["Accept-Encoding"] = RequestHeaderRule.AcceptEncoding,
        ["Authorization"] = RequestHeaderRule.Authorization,
        ["x-api-key"] = RequestHeaderRule.ApiKey,
        ["x-goog-api-key"] = RequestHeaderRule.ApiKey,
        ["api-key"] = RequestHeaderRule.ApiKey,
        ["x-request-id"] = RequestHeaderRule.RequestId,
        ["traceparent"] = RequestHeaderRule.TraceParent,
        ["x-stainless-retry-count"] = RequestHeaderRule.RetryCount,
        ["amz-sdk-request"] = RequestHeaderRule.AwsSdkRequest,
        ["Content-Type"] = RequestHeaderRule.ContentType,
        ["Content-Encoding"] = RequestHeaderRule.ContentEncoding,
        ["x-amz-content-sha256"] = RequestHeaderRule.Signature,
        ["x-amz-signature"] = RequestHeaderRule.Signature,
        ["Signature"] = RequestHeaderRule.Signature,
        ["Signature-Input"] = RequestHeaderRule.Signature,
        ["Content-Digest"] = RequestHeaderRule.Signature,
        ["Digest"] = RequestHeaderRule.Signature,
        ["Content-MD5"] = RequestHeaderRule.Signature,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenSet<string> RemovedFromReplies = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Upgrade", "Trailer",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] ReadableEncodings = ["gzip", "x-gzip", "deflate", "br", "identity"];

    private const string AwsScheme = "AWS4-";
    private const string SignedHeaders = "SignedHeaders=";

    private static readonly string[] SigningSchemes = [AwsScheme, "Signature ", "HMAC-"];

    public static RequestHeaderRule OfRequest(string name) =>
        Requests.TryGetValue(name, out var rule) ? rule
        : name.StartsWith(AttributionPrefix, StringComparison.OrdinalIgnoreCase) ? RequestHeaderRule.Attribution
        : RequestHeaderRule.Forward;

    /// <summary>
    /// The names that an AWS signature covers, as its `SignedHeaders` lists them; empty for other authorizations. What is signed passes
    /// untouched, or the provider refuses the call.
    /// </summary>
    public static ReadOnlySpan<char> SignedNames(string? authorization)
    {
        if (authorization is null || !authorization.StartsWith(AwsScheme, StringComparison.OrdinalIgnoreCase)) return default;
        var start = authorization.IndexOf(SignedHeaders, StringComparison.OrdinalIgnoreCase);
        if (start < 0) return default;
        var names = authorization.AsSpan(start + SignedHeaders.Length);
        var end = names.IndexOfAny(',', ' ');
        return end < 0 ? names : names[..end];
    }

    /// <summary>True when the list, its names parted by semicolons, has the name.</summary>
    public static bool IsAmong(ReadOnlySpan<char> signed, string name)
    {
        if (signed.IsEmpty) return false;
        foreach (var range in signed.Split(';'))
            if (signed[range].Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    public static bool IsRemovedFromReply(string name) => RemovedFromReplies.Contains(name);

    /// <summary>True when the header `Connection` lists the name, which makes that header one of this connection only.</summary>
    public static bool IsNamedBy(string? connection, string name)
    {
        if (connection is null || connection.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)) return false;
        foreach (var range in connection.AsSpan().Split(','))
            if (connection.AsSpan(range).Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <summary>True when the request carries a signature that covers its body: AWS's and other signed authorizations, HTTP message signatures, digests.</summary>
    public static bool IsSigned(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            var rule = OfRequest(name);
            if (rule == RequestHeaderRule.Signature) return true;
            if (rule != RequestHeaderRule.Authorization) continue;
            foreach (var scheme in SigningSchemes)
                if (values.ToString().StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    /// <summary>What the caller accepts, without the encodings that metering cannot read; the same string when nothing is to be taken out.</summary>
    public static string ReadableEncodingsOf(string accepted)
    {
        var isReadable = true;
        foreach (var range in accepted.AsSpan().Split(','))
            isReadable &= IsReadable(accepted.AsSpan(range));
        if (isReadable) return accepted;

        var kept = new List<string>();
        foreach (var range in accepted.AsSpan().Split(','))
            if (IsReadable(accepted.AsSpan(range))) kept.Add(accepted[range].Trim());
        return kept.Count == 0 ? "identity" : string.Join(", ", kept);
    }

    private static bool IsReadable(ReadOnlySpan<char> element)
    {
        var parameters = element.IndexOf(';');
        var coding = (parameters < 0 ? element : element[..parameters]).Trim();
        foreach (var readable in ReadableEncodings)
            if (coding.Equals(readable, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
