using System.Text.Json;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Compares a metered reply with a recording's expected file; null and 0 are alike for subsets of a total.</summary>
internal static class ExpectedUsage
{
    public static void AssertEqual(Recording recording, MeteredReply reply)
    {
        var expected = recording.Expected;
        Assert.Equal(Text(expected, "response_model"), reply.ResponseModel);
        if (Text(expected, "service_tier") is { } tier)
            Assert.Equal(tier, reply.ServiceTier);
        Assert.Equal(expected.GetProperty("finish_reasons").EnumerateArray().Select(reason => reason.ToString()), reply.FinishReasons);
        AssertError(expected.GetProperty("error"), reply, recording.Status);
        AssertCompleteness(recording, reply);
        AssertTokens(expected.GetProperty("usage"), expected.GetProperty("usage_present").GetBoolean(), reply);

        if (expected.GetProperty("web_search_requests") is { ValueKind: JsonValueKind.Number } searches)
            Assert.Equal(searches.GetInt64(), reply.ToolCalls.GetValueOrDefault("web_search"));
    }

    /// <summary>Parts, overlaps and totals belong together, whatever the provider reported.</summary>
    public static void AssertDisjoint(MeteredReply reply)
    {
        if (reply.Usage is not { } usage)
            return;

        if (usage.InputTotal is { } input)
        {
            Assert.Equal(
                input,
                Sum(usage.InputUncached, usage.CacheRead, usage.CacheWrite, usage.CacheWrite5m, usage.CacheWrite1h, usage.InputAudio, usage.InputImage, usage.InputVideo, usage.ToolUsePrompt)
                    + Overlap(usage, name => name.StartsWith("cache_", StringComparison.Ordinal)));
        }

        if (usage.OutputTotal is { } output)
        {
            Assert.Equal(
                output,
                Sum(usage.OutputText, usage.Reasoning, usage.OutputAudio, usage.OutputImage)
                    + Overlap(usage, name => name.StartsWith("reasoning_", StringComparison.Ordinal)));
        }
    }

    private static void AssertError(JsonElement expected, MeteredReply reply, int status)
    {
        if (expected.ValueKind != JsonValueKind.Object)
        {
            Assert.Null(reply.ErrorType);
            Assert.Null(reply.ErrorCode);
            Assert.False(reply.IsErrorInside200);
            return;
        }

        Assert.Equal(Text(expected, "type"), reply.ErrorType);
        Assert.Equal(Text(expected, "code"), reply.ErrorCode);
        Assert.Equal(status < 400, reply.IsErrorInside200);
    }

    private static void AssertCompleteness(Recording recording, MeteredReply reply)
    {
        Assert.Equal(recording.IsStream, reply.IsStream);
        var isComplete = !recording.IsStream || recording.StreamIsComplete;
        Assert.Equal(isComplete, reply.IsComplete);
        Assert.True(reply.HasEnded || !isComplete);
        Assert.Equal(
            !recording.Expected.GetProperty("usage_present").GetBoolean() && reply.Reported?.Quantities is null ? UsageSource.None : reply.HasEnded ? UsageSource.Provider : UsageSource.Partial,
            reply.UsageSource);
    }

    /// <summary>The provider's figures as they are; and where they fit together, the disjoint parts say the same.</summary>
    private static void AssertTokens(JsonElement expected, bool isPresent, MeteredReply reply)
    {
        var reported = reply.Reported ?? new UsageFigures();
        var seconds = reported.Quantities?.GetValueOrDefault(UsageFigures.AudioSeconds) ?? 0;
        Assert.Equal(isPresent, reply.Usage is not null || seconds > 0);
        Assert.Equal(expected.GetProperty("audio_seconds") is { ValueKind: JsonValueKind.Number } audio ? audio.GetDecimal() : 0, seconds);
        Assert.Equal(Count(expected, "input_tokens"), reported.Input);
        Assert.Equal(Count(expected, "output_tokens") ?? 0, reported.Output ?? 0);
        Assert.Equal(Count(expected, "total_tokens_reported"), reported.Total);
        Assert.Equal(Count(expected, "cached_input_tokens") ?? 0, reported.CacheRead ?? 0);
        Assert.Equal(Count(expected, "cache_write_tokens") ?? 0, reported.CacheWrite ?? 0);
        Assert.Equal(Count(expected, "reasoning_tokens") ?? 0, reported.Reasoning ?? 0);
        if (reply.Usage is not { } usage)
            return;

        Assert.Equal((reported.Input, reported.Output, reported.CacheRead), (usage.InputTotal, usage.OutputTotal, usage.CachedReported));
        if (reply.UsageQuality == UsageQuality.Consistent)
            AssertParts(expected, usage);
    }

    private static void AssertParts(JsonElement expected, TokenUsage usage)
    {
        Assert.Equal(Count(expected, "cached_input_tokens") ?? 0, Part(usage, usage.CacheRead, "cache_read"));
        Assert.Equal(Count(expected, "cache_write_tokens") ?? 0, Sum(usage.CacheWrite, usage.CacheWrite5m, usage.CacheWrite1h));
        Assert.Equal(Count(expected, "cache_write_5m_tokens") ?? 0, usage.CacheWrite5m ?? 0);
        Assert.Equal(Count(expected, "cache_write_1h_tokens") ?? 0, usage.CacheWrite1h ?? 0);
        Assert.Equal(Count(expected, "reasoning_tokens") ?? 0, Part(usage, usage.Reasoning, "reasoning"));
        Assert.Equal(Count(expected, "input_audio_tokens") ?? 0, (usage.InputAudio ?? 0) + usage.Overlaps.GetValueOrDefault("cache_read_audio"));
        if (Count(expected, "input_image_tokens") is { } images)
            Assert.Equal(images, (usage.InputImage ?? 0) + usage.Overlaps.GetValueOrDefault("cache_read_image"));
        Assert.Equal(Count(expected, "output_audio_tokens") ?? 0, (usage.OutputAudio ?? 0) + usage.Overlaps.GetValueOrDefault("reasoning_audio"));
        Assert.Equal(Count(expected, "output_image_tokens") ?? 0, (usage.OutputImage ?? 0) + usage.Overlaps.GetValueOrDefault("reasoning_image"));
    }

    private static long Part(TokenUsage usage, long? own, string name) =>
        (own ?? 0) + Overlap(usage, overlap => overlap.StartsWith(name + "_", StringComparison.Ordinal));

    private static long Overlap(TokenUsage usage, Func<string, bool> isWanted) =>
        usage.Overlaps.Where(overlap => isWanted(overlap.Key)).Sum(overlap => overlap.Value);

    private static long Sum(params long?[] parts) => parts.Sum(part => part ?? 0);

    private static long? Count(JsonElement parent, string name) =>
        parent.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : null;

    private static string? Text(JsonElement parent, string name) => parent.GetProperty(name) switch
    {
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { ValueKind: JsonValueKind.Number } value => value.GetRawText(),
        _ => null,
    };
}
