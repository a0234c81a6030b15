using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Explaining;

/// <summary>What the gateway would record of one exchange: the same reading of URL, request and reply as on its way through.</summary>
internal sealed record ExplainedExchange(string Id, string Provider, ApiMatch Match, RequestFacts Request, MeteredReply Reply)
{
    /// <param name="exchange">The exchange.</param>
    /// <param name="meter">Any idle one.</param>
    public static ExplainedExchange Of(RecordedExchange exchange, ReplyMeter meter)
    {
        var upstream = RecordedUpstream.Of(exchange);
        var match = ApiFamilies.Match(upstream.Api, exchange.Method, exchange.Path);
        var facts = RequestReader.Read(match, exchange.RequestBody);
        var isRelay = upstream.IsRelay(exchange.Host);

        // The recording has undone the body's encoding, whatever the headers say.
        meter.Begin(match.Family, exchange.Status, exchange.ContentType, "", isInjected: false, isRelay, match.UrlModel);
        foreach (var (name, value) in exchange.Headers)
            meter.OnHeader(name, value);
        meter.Feed(exchange.ReplyBody);
        return new ExplainedExchange(exchange.Id, upstream.Provider, match, facts, meter.End(transportComplete: true));
    }
}
