using System.Text;
using System.Text.Json;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Every recorded exchange, through the whole gateway, its reply sent in several chunkings.</summary>
public sealed class RecordedCallsTests
{
    private static readonly int[] ChunkBytes = [int.MaxValue, 61, 1500];

    public static TheoryData<string> Ids => Recordings.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task RecordedCall_AnyChunking_SameBytesAndTheExpectedEvent(string id)
    {
        var recording = Recordings.Get(id);
        var body = recording.ResponseBody;
        var counted = string.Concat(recording.Exchange.Headers
            .Where(static header => header.Key.StartsWith("x-amzn-", StringComparison.OrdinalIgnoreCase))
            .Select(static header => $"{header.Key}: {header.Value}\r\n"));
        var size = 0;
        await using var upstream = new ScriptedUpstream(async connection =>
        {
            while (await connection.ReadRequestAsync() is not null)
            {
                await connection.SendAsync($"HTTP/1.1 {recording.Status} X\r\nContent-Type: {recording.ContentType}\r\n{counted}Transfer-Encoding: chunked\r\n\r\n");
                for (var at = 0; at < body.Length; at += Math.Min(size, body.Length - at))
                {
                    var chunk = body.AsMemory(at, Math.Min(size, body.Length - at));
                    await connection.SendAsync(Encoding.ASCII.GetBytes($"{chunk.Length:x}\r\n").Concat(chunk.ToArray()).Concat("\r\n"u8.ToArray()).ToArray());
                }

                await connection.SendAsync(WireSamples.LastChunk);
            }
        });
        await using var gateway = await TestGateway.StartAsync(upstream, api: recording.Upstream.Api);
        using var caller = await RawCaller.ConnectAsync(gateway);

        foreach (var bytes in ChunkBytes)
        {
            size = bytes;
            await caller.SendAsync($"{recording.Exchange.Method} /up{recording.Exchange.Path} HTTP/1.1\r\nHost: g\r\nContent-Type: {recording.RequestType}\r\nContent-Length: {recording.RequestBody.Length}\r\n\r\n");
            await caller.SendAsync(recording.RequestBody);
            var reply = await caller.ReadReplyAsync();
            Assert.True(body.AsSpan().SequenceEqual(reply.Body));
            Assert.Equal((recording.Status, true), (reply.StatusCode, reply.IsWhole));
        }

        var events = gateway.Events();
        Assert.Equal(ChunkBytes.Length, events.Count);
        foreach (var audit in events) AssertExpected(recording, audit);
        foreach (var audit in events) Assert.Equal(Comparable(events[0]), Comparable(audit));
    }

    private static void AssertExpected(Recording recording, LLMUsageAudit audit)
    {
        var expected = recording.Expected;
        Assert.Equal(recording.Api, audit.Api);
        Assert.Equal(OutcomeOf(recording), audit.Outcome);
        // What a provider sends behind its terminal frame comes after the event.
        Assert.InRange(audit.ResponseBytes, recording.ResponseBody.Length - 16, recording.ResponseBody.Length);
        if (!recording.IsStrict) return;
        Assert.Equal(Text(expected, "request_model"), audit.RequestModel);
        Assert.Equal(Text(expected, "response_model"), audit.ResponseModel);
        Assert.Equal(expected.GetProperty("finish_reasons").EnumerateArray().Select(static reason => reason.ToString()), audit.FinishReasons);
        Assert.Equal(expected.GetProperty("usage_present").GetBoolean(), audit.Usage is not null || audit.Quantities.ContainsKey(UsageFigures.AudioSeconds));
        if (audit.Usage is null) return;
        var usage = expected.GetProperty("usage");
        Assert.Equal((Count(usage, "input_tokens"), Count(usage, "output_tokens") ?? 0), (audit.Usage.InputTotal, audit.Usage.OutputTotal ?? 0));
        Assert.Equal(Count(usage, "cached_input_tokens") ?? 0, audit.Usage.CachedReported ?? 0);
    }

    private static Outcome OutcomeOf(Recording recording)
    {
        if (recording.Status == 429) return Outcome.RateLimited;
        var isError = recording.Status >= 400 || recording.Expected.GetProperty("error").ValueKind == JsonValueKind.Object;
        return isError || (recording.IsStream && !recording.StreamIsComplete && !recording.Match.Family.EndsWithoutMark) ? Outcome.UpstreamError : Outcome.Ok;
    }

    /// <summary>The event without what differs from call to call.</summary>
    private static string Comparable(LLMUsageAudit audit) => JsonSerializer.Serialize(audit with
    {
        EventId = Guid.Empty,
        RequestId = "",
        Edge = audit.Edge with { Sequence = 0 },
        StartedAt = default,
        DurationUs = 0,
        TimeToFirstTokenUs = null,
    });

    private static string? Text(JsonElement of, string name) => of.GetProperty(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static long? Count(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
