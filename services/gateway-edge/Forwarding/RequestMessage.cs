using System.Net.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Pipeline.GatewayEdge.Attribution;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Makes the upstream's request out of the caller's: the headers of <see cref="HeaderRules"/>, nothing else changed.</summary>
internal static class RequestMessage
{
    private const string Identity = "identity";

    /// <param name="caller">Filled with the headers that are read here.</param>
    /// <param name="content">The body to send; null = the request has none.</param>
    /// <param name="identified">What of the request ends here, and the provider's key in its place; null = nothing.</param>
    /// <param name="asksIdentity">Ask for an unencoded reply, because a chunk may have to be cut out of it.</param>
    public static HttpRequestMessage Of(
        string method, IHeaderDictionary from, Route route, HttpContent? content, Identification? identified, bool asksIdentity, ref CallerHeaders caller)
    {
        var upstream = route.Upstream;
        var message = new HttpRequestMessage(HttpMethod.Parse(method), identified?.Address ?? route.Address)
        {
            Version = upstream.Version, VersionPolicy = upstream.VersionPolicy, Content = content,
        };
        var connection = from.Connection.Count == 0 ? null : from.Connection.ToString();
        var signed = HeaderRules.SignedNames(from.Authorization.Count == 0 ? null : from.Authorization.ToString());
        foreach (var (name, values) in from)
        {
            var rule = HeaderRules.OfRequest(name);
            if (rule > RequestHeaderRule.Forward) Read(rule, name, values, ref caller);
            if (identified is not null && identified.Withholds(name)) continue;
            switch (rule)
            {
                case RequestHeaderRule.Attribution or RequestHeaderRule.AcceptEncoding when HeaderRules.IsAmong(signed, name):
                    Add(message, name, values);
                    continue;
                case RequestHeaderRule.HopByHop or RequestHeaderRule.Replaced or RequestHeaderRule.ContentLength
                    or RequestHeaderRule.Connection or RequestHeaderRule.Attribution:
                    continue;
                case RequestHeaderRule.AcceptEncoding:
                    if (!asksIdentity) Add(message, name, HeaderRules.ReadableEncodingsOf(values.ToString()));
                    continue;
                default:
                    if (!HeaderRules.IsNamedBy(connection, name)) Add(message, name, values);
                    continue;
            }
        }

        if (asksIdentity) message.Headers.TryAddWithoutValidation("Accept-Encoding", Identity);
        foreach (var (name, value) in upstream.Options.Headers)
        {
            message.Headers.Remove(name);
            content?.Headers.Remove(name);
            Add(message, name, value);
        }

        if (identified?.Credential is { } credential)
        {
            message.Headers.Remove(credential.Header);
            Add(message, credential.Header, credential.Value);
        }

        return message;
    }

    private static void Add(HttpRequestMessage message, string name, in StringValues values)
    {
        // A header that is about the content has no place on a request without one.
        if (values.Count == 1)
        {
            if (!message.Headers.TryAddWithoutValidation(name, values.ToString())) message.Content?.Headers.TryAddWithoutValidation(name, values.ToString());
        }
        else if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
        {
            message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
    }

    private static void Read(RequestHeaderRule rule, string name, in StringValues values, ref CallerHeaders caller)
    {
        switch (rule)
        {
            case RequestHeaderRule.Authorization: caller.Authorization = values.ToString(); break;
            case RequestHeaderRule.ApiKey: caller.ApiKey ??= values.ToString(); break;
            case RequestHeaderRule.RequestId: caller.RequestId = values.ToString(); break;
            case RequestHeaderRule.TraceParent: caller.TraceParent = values.ToString(); break;
            case RequestHeaderRule.RetryCount: caller.RetryCount = values.ToString(); break;
            case RequestHeaderRule.AwsSdkRequest: caller.AwsSdkRequest = values.ToString(); break;
            case RequestHeaderRule.Attribution: caller.Take(name.AsSpan(HeaderRules.AttributionPrefix.Length), values); break;
        }
    }
}
