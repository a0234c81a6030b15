using Pipeline.GatewayEdge.Tests.Forwarding;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.PainPoints;

/// <summary>One call of a complaint, made through the whole gateway: what its caller got, and the event that was booked.</summary>
internal sealed record Traffic(RawReply Reply, LLMUsageAudit Event)
{
    /// <summary>Bytes that the upstream writes at a time, so that no event of a stream arrives whole.</summary>
    private const int WriteBytes = 37;

    /// <param name="api">Kind of the upstream.</param>
    /// <param name="target">Path below the upstream, without its leading slash.</param>
    /// <param name="body">What the provider answers, as a JSON body or as an event stream.</param>
    public static async Task<Traffic> OfAsync(string api, string target, string request, string body, bool injectUsage = false)
    {
        var isStream = body.StartsWith("data:", StringComparison.Ordinal) || body.StartsWith("event:", StringComparison.Ordinal);
        await using var upstream = Answering(isStream ? WireSamples.StreamHead + InWrites(body) + WireSamples.LastChunk : WireSamples.Plain(body));
        await using var gateway = await TestGateway.StartAsync(upstream, injectUsage, api);
        using var caller = await RawCaller.ConnectAsync(gateway);
        var reply = await caller.CallAsync(RawCaller.Post("/up/" + target, request));
        var audit = await gateway.EventAsync();
        if (!injectUsage) Assert.Equal(body, reply.Text);
        Assert.Equal(isStream, audit.Streaming);
        return new(reply, audit);
    }

    private static ScriptedUpstream Answering(string wire) => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null)
        {
            for (var at = 0; at < wire.Length; at += WriteBytes) await connection.SendAsync(wire[at..Math.Min(wire.Length, at + WriteBytes)]);
        }
    });

    private static string InWrites(string body) => string.Concat(body.Chunk(WriteBytes).Select(static part => WireSamples.Chunk(new string(part))));
}
