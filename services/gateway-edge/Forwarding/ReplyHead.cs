using System.Globalization;
using System.Net.Http;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>What a reply's head says about its body.</summary>
/// <param name="Length">Content-Length; null = the end of the body is known only when it comes.</param>
/// <param name="HasBody">False for HEAD, 1xx, 204, 304 and a length of 0.</param>
internal readonly record struct ReplyHead(int StatusCode, string ContentType, string ContentEncoding, long? Length, bool HasBody)
{
    public static ReplyHead Of(HttpResponseMessage reply, string method)
    {
        var content = reply.Content.Headers.NonValidated;
        var length = LengthOf(reply, content);
        var status = (int)reply.StatusCode;
        return new(
            status,
            content.TryGetValues("Content-Type", out var type) ? type.ToString() : "",
            content.TryGetValues("Content-Encoding", out var encoding) ? encoding.ToString() : "",
            length,
            !HttpMethods.IsHead(method) && status is not (204 or 304) && length != 0);
    }

    /// <summary>Replies that callers read piece by piece; for the others a byte may wait for the next one.</summary>
    public bool IsStreamed => ReplyType.IsEventStream(ContentType) || ReplyType.IsLines(ContentType);

    /// <summary>Copies the head to the caller's reply, by the rules of <see cref="HeaderRules"/>.</summary>
    /// <param name="keepsLength">False when bytes may be cut out of the body.</param>
    /// <returns>How many headers were left out because they are not valid HTTP.</returns>
    public int CopyTo(IHttpResponseFeature to, HttpResponseMessage reply, bool keepsLength)
    {
        to.StatusCode = StatusCode;
        to.ReasonPhrase = reply.ReasonPhrase;
        var connection = reply.Headers.NonValidated.TryGetValues("Connection", out var named) ? named.ToString() : null;
        var dropped = Copy(reply.Headers.NonValidated, to.Headers, connection) + Copy(reply.Content.Headers.NonValidated, to.Headers, connection);
        if (!keepsLength || Length is null) to.Headers.ContentLength = null;
        return dropped;
    }

    /// <summary>The provider's rate-limit headers; null when there are none.</summary>
    public static RateLimit? RateLimitOf(HttpResponseMessage reply, DateTimeOffset now)
    {
        var headers = default(RateLimitHeaders);
        foreach (var (name, values) in reply.Headers.NonValidated)
            if (values.Count == 1) headers.Offer(name, values.ToString(), now);
        return headers.ToRecord();
    }

    public static void OfferAwsHeaders(HttpResponseMessage reply, ReplyMeter meter)
    {
        foreach (var (name, values) in reply.Headers.NonValidated)
            if (name.StartsWith(AwsHeaders.Prefix, StringComparison.OrdinalIgnoreCase)) meter.OnHeader(name, values.ToString());
    }

    private static int Copy(HttpHeadersNonValidated from, IHeaderDictionary to, string? connection)
    {
        var dropped = 0;
        foreach (var (name, values) in from)
        {
            if (HeaderRules.IsRemovedFromReply(name) || HeaderRules.IsNamedBy(connection, name)) continue;
            try
            {
                to[name] = values.Count == 1 ? values.ToString() : ValuesOf(values);
            }
            catch (InvalidOperationException)
            {
                // Kestrel refuses control characters in values: the reply is worth more than one bad header.
                dropped++;
            }
        }

        return dropped;
    }

    private static StringValues ValuesOf(in HeaderStringValues values)
    {
        var all = new string[values.Count];
        var i = 0;
        foreach (var value in values) all[i++] = value;
        return all;
    }

    private static long? LengthOf(HttpResponseMessage reply, HttpHeadersNonValidated content)
    {
        if (!content.TryGetValues("Content-Length", out var given) || reply.Headers.NonValidated.Contains("Transfer-Encoding")) return null;
        return long.TryParse(given.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;
    }
}
