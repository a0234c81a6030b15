using System.IO.Compression;
using System.Reflection;
using System.Text;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Metering;
using Pipeline.Schemas;

namespace Pipeline.Fuzzing.Tests;

/// <summary>
/// The reply meter of every API family with its scanners, and the request reader: whatever comes, every byte is forwarded once, nothing throws,
/// and figures that are given fit together.
/// </summary>
public sealed class MeteringTargets(ITestOutputHelper output)
{
    private const long ShortInputs = 100_000;
    private const long LongInputs = 6_000_000;
    private const long MaxAllocated = 4L << 20;
    private const int MostReads = 8;

    private static readonly ApiFamily[] Families =
    [
        .. typeof(ApiFamily).Assembly.GetTypes().SelectMany(static type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(static field => field.FieldType == typeof(ApiFamily)).Select(static field => (ApiFamily)field.GetValue(null)!).Distinct(),
    ];

    private static readonly byte[][] Dictionary =
    [
        .. new[]
        {
            "data: ", "event: ", "\n\n", "\r\n\r\n", "\r", ":\n", "[DONE]", "{", "}", "[", "]", ",", "\"", "\\", "\\u0000", "\\ud800", "null", "\"usage\":", "\"usageMetadata\":", "\"error\":{\"type\":\"x\"}",
            "\"prompt_tokens\":", "\"input_tokens\":", "\"output_tokens\":", "\"model\":\"m\"", "\"choices\":[]", "\"done\":true", "\"type\":\"message_stop\"", "\ufeff", "\"tokenCount\":", "{\"a\":[[[[[[[[[[",
        }.Select(Encoding.UTF8.GetBytes), [0xff, 0xfe], [0xc3, 0x28], [0], [0x1f, 0x8b],
    ];

    private static readonly string[] ContentTypes =
        ["", "text/event-stream", "application/json", "application/x-ndjson", "application/vnd.amazon.eventstream", "text/event-stream; charset=utf-8", "audio/mpeg", "multipart/form-data; boundary=x"];

    [Fact]
    public void AnyReply_IsForwardedAndRead() => Replies(ShortInputs);

    [Fact(Explicit = true)]
    public void AnyReply_IsForwardedAndRead_Long() => Replies(LongInputs);

    [Fact]
    public void AnyRequest_IsRead() => Requests(ShortInputs);

    [Fact(Explicit = true)]
    public void AnyRequest_IsRead_Long() => Requests(LongInputs / 6);

    [Fact]
    public void AnyFrames_AreForwardedAndRead() => Frames(ShortInputs);

    [Fact(Explicit = true)]
    public void AnyFrames_AreForwardedAndRead_Long() => Frames(LongInputs / 3);

    /// <summary>AWS event streams: one half broken as they are, the other with broken payloads in frames whose checksums are right.</summary>
    private void Frames(long inputs)
    {
        var meter = new ReplyMeter();
        var metered = 0L;
        byte[][] whole = [.. FramePayloads.Select(static payload => AwsFrames.Event(payload.Type, payload.Json)), [.. FramePayloads.SelectMany(static payload => AwsFrames.Event(payload.Type, payload.Json))]];
        var payloads = new Mutator([.. FramePayloads.Select(static payload => Encoding.UTF8.GetBytes(payload.Json))], Dictionary);
        ApiFamily[] bedrock = [.. Families.Where(static family => family.Api.StartsWith("bedrock.", StringComparison.Ordinal))];
        output.WriteLine(FuzzRun.Run("frames", new Mutator(whole, [.. Dictionary, [0, 0, 0, 16, 0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff]]), inputs, MaxAllocated, (ReadOnlySpan<byte> input, ref FuzzRandom random) =>
        {
            if (random.Below(2) == 0) input = AwsFrames.Event(FramePayloads[random.Below(FramePayloads.Length)].Type, Encoding.UTF8.GetString(payloads.Make(ref random)));
            meter.Begin(bedrock[random.Below(bedrock.Length)], 200, "application/vnd.amazon.eventstream", "", isInjected: false, isRelay: false);
            var at = random.Below(input.Length + 1);
            Assert.False(meter.Feed(input[..at]).CutLength > 0);
            Assert.False(meter.Feed(input[at..]).CutLength > 0);
            if (meter.End(transportComplete: true) is not { Usage: { } usage } reply) return;
            metered++;
            Check(usage, reply.UsageQuality);
        }));
        Assert.True(metered > inputs / 100, $"only {metered} of {inputs} streams had figures: the run proves little");
    }

    private static readonly (string Type, string Json)[] FramePayloads =
    [
        ("metadata", """{"metrics":{"latencyMs":5},"usage":{"inputTokens":12,"outputTokens":5,"totalTokens":17,"cacheReadInputTokens":0,"cacheDetails":[{"ttl":"1h","inputTokens":3}]}}"""),
        ("messageStop", """{"stopReason":"end_turn"}"""),
        ("chunk", $$"""{"bytes":"{{Convert.ToBase64String("""{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":4}}"""u8)}}","p":"abc"}"""),
    ];

    private void Replies(long inputs)
    {
        Assert.True(Families.Length >= 6, "the API families were not found");
        var meter = new ReplyMeter();
        var metered = 0L;
        output.WriteLine(FuzzRun.Run("replies", new Mutator(Seeds(), Dictionary), inputs, MaxAllocated, (ReadOnlySpan<byte> input, ref FuzzRandom random) =>
        {
            var reply = Feed(meter, input, ref random);
            if (reply.Usage is null) return;
            metered++;
            Check(reply.Usage, reply.UsageQuality);
        }));
        Assert.True(metered > inputs / 100, $"only {metered} of {inputs} replies had figures: the run proves little");
    }

    private void Requests(long inputs)
    {
        byte[][] seeds = [.. new[]
        {
            """{"model":"gpt-5","stream":true,"stream_options":{"include_usage":false},"metadata":{"tenantSlug":"a","userId":"b"},"messages":[{"role":"user","content":"hi \" ]"}]}""",
            """{"model":"claude-opus-4-6","max_tokens":5,"speed":"fast","stream":true,"tools":[{"input_schema":{"type":"object"}}]}""",
        }.Select(Encoding.UTF8.GetBytes)];
        output.WriteLine(FuzzRun.Run("requests", new Mutator(seeds, Dictionary), inputs, MaxAllocated, (ReadOnlySpan<byte> input, ref FuzzRandom random) =>
        {
            var family = Families[random.Below(Families.Length)];
            RequestReader.Read(new ApiMatch(family, family.Operation, null, null), input);
        }));
    }

    private static MeteredReply Feed(ReplyMeter meter, ReadOnlySpan<byte> input, ref FuzzRandom random)
    {
        var injected = random.Below(4) == 0;
        meter.Begin(
            Families[random.Below(Families.Length)], random.Below(8) == 0 ? 500 : 200, ContentTypes[random.Below(ContentTypes.Length)],
            random.Below(16) switch { 0 => "gzip", 1 => "br", 2 => "deflate", _ => "" }, injected, isRelay: random.Below(2) == 0);
        var (sent, held) = (0, 0);
        for (var reads = 1 + random.Below(MostReads); reads > 0 && !input.IsEmpty; reads--)
        {
            var size = reads == 1 ? input.Length : 1 + random.Below(input.Length);
            var plan = meter.Feed(input[..size]);
            var region = held + size;
            input = input[size..];
            Assert.InRange(plan.ForwardNow, 0, region);
            Assert.InRange(plan.CutStart, 0, region);
            Assert.InRange(plan.CutEnd, plan.CutStart, region);
            if (!injected) Assert.Equal(0, plan.CutLength);
            if (plan.Completes) return meter.End(transportComplete: true);
            (sent, held) = (sent + plan.ForwardNow, region - plan.ForwardNow);
            if (!injected) Assert.Equal(0, held);
        }

        var reply = meter.End(transportComplete: random.Below(2) == 0);
        Assert.Equal(held, reply.Rest.ForwardNow);
        return reply;
    }

    /// <summary>No part is negative or larger than its whole, and with the overlaps the parts add up to it.</summary>
    private static void Check(TokenUsage usage, UsageQuality quality)
    {
        long?[] input = [usage.InputUncached, usage.CacheRead, usage.CacheWrite, usage.CacheWrite5m, usage.CacheWrite1h, usage.InputAudio, usage.InputImage, usage.InputVideo, usage.ToolUsePrompt];
        long?[] output = [usage.OutputText, usage.Reasoning, usage.OutputAudio, usage.OutputImage];
        Assert.DoesNotContain(input.Concat(output).Concat(usage.Overlaps.Values.Select(static count => (long?)count)), static count => count < 0);
        if (usage.InputTotal is null || usage.OutputTotal is null) return;
        var parts = input.Sum() + output.Sum() + usage.Overlaps.Values.Sum();
        Assert.Equal(usage.InputTotal + usage.OutputTotal, parts);
        if (quality == UsageQuality.Consistent && usage.ProviderTotal is { } total) Assert.Equal(total, parts);
    }

    private static byte[][] Seeds()
    {
        byte[][] plain =
        [
            .. typeof(Replies).GetFields(BindingFlags.Static | BindingFlags.Public).Where(static field => field.FieldType == typeof(string)).Select(static field => Encoding.UTF8.GetBytes((string)field.GetValue(null)!)),
        ];
        return [.. plain, .. plain.Take(4).Select(Gzip)];
    }

    private static byte[] Gzip(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(body);
        return packed.ToArray();
    }
}
