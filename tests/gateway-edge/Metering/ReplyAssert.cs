using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

internal static class ReplyAssert
{
    /// <summary>Equal in every field of the record; the plan for held bytes depends on the chunking and is left out.</summary>
    public static void Equal(MeteredReply expected, MeteredReply actual)
    {
        Assert.Equal(Describe(expected), Describe(actual));
    }

    public static string Describe(MeteredReply reply) => string.Join(
        '\n',
        (reply.Usage is { } usage ? usage with { Overlaps = new Dictionary<string, long>() } : null)?.ToString() ?? "no usage",
        Join(reply.Usage?.Overlaps ?? new Dictionary<string, long>()),
        string.Join('|', reply.Billed.Select(pass => $"{pass.Kind} {pass.Model} {pass.Usage with { Overlaps = new Dictionary<string, long>() }}")),
        reply.UsageSource,
        reply.TextBytes,
        reply.IsOutputUncounted,
        reply.UsageQuality,
        string.Join(',', reply.FinishReasons),
        reply.ResponseModel,
        reply.ProviderResponseId,
        reply.ServiceTier,
        reply.Background,
        Join(reply.ToolCalls),
        Join(reply.Quantities),
        Join(reply.PriceContext),
        reply.ProviderReportedCost,
        reply.ProviderUsage,
        reply.ErrorType,
        reply.ErrorCode,
        reply.IsErrorCodeNumber,
        reply.IsError,
        reply.IsStream,
        reply.IsComplete,
        reply.IsErrorInside200,
        reply.ParseFailures,
        reply.LimitsReached,
        reply.IsUndecodable,
        reply.IsUsageChunkCut);

    private static string Join<T>(IReadOnlyDictionary<string, T> map) =>
        string.Join(',', map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}={entry.Value}"));
}
