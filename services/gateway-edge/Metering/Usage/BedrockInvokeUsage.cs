using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The counts of one InvokeModel reply: the vendor's own usage where it has them, else the vendor's members of the top level, else the
/// headers, else the stream's metrics; member by member, because guardrails make vendors leave some out.
/// </summary>
internal static class BedrockInvokeUsage
{
    public const string Metrics = "amazon-bedrock-invocationMetrics";

    /// <summary>Stands for a number that cannot be a count, so that the usage shows as inconsistent.</summary>
    public const long NoCount = -1;

    public static void Read(JsonElement usage, UsageFigures into)
    {
        ReadVendor(usage, into);
        into.Input ??= into.Count(usage, "inputTextTokenCount") ?? into.Count(usage, "prompt_token_count");
        into.Output ??= into.Count(usage, "totalOutputTextTokenCount") ?? into.Count(usage, "generation_token_count");
        Fill(
            into,
            into.Count(usage, AwsHeaders.InputName),
            into.Count(usage, AwsHeaders.OutputName),
            into.Count(usage, AwsHeaders.CacheReadName),
            into.Count(usage, AwsHeaders.CacheWriteName));
        var metrics = UsageFigures.Child(usage, Metrics);
        Fill(
            into,
            into.Count(metrics, "inputTokenCount"),
            into.Count(metrics, "outputTokenCount"),
            into.Count(metrics, "cacheReadInputTokenCount"),
            into.Count(metrics, "cacheWriteInputTokenCount"));
    }

    /// <summary>By the names of the members: Nova's are those of converse, Claude's and the OpenAI-style ones their makers'.</summary>
    private static void ReadVendor(JsonElement usage, UsageFigures into)
    {
        if (Has(usage, "inputTokens") || Has(usage, "outputTokens"))
            BedrockConverseUsage.Read(usage, mayHoldCache: false, into);
        else if (Has(usage, "prompt_tokens") || Has(usage, "completion_tokens"))
            OpenAIUsage.Read(usage, UsageDialect.Standard, into);
        else if (Has(usage, "input_tokens") || Has(usage, "output_tokens"))
            AnthropicUsage.Read(usage, into);
    }

    /// <summary>Bedrock's own input leaves the cache out, like the vendors' bodies.</summary>
    private static void Fill(UsageFigures into, long? input, long? output, long? cacheRead, long? cacheWrite)
    {
        into.Output ??= output;
        if (into.Input is not null || input is null)
            return;

        into.CacheRead ??= cacheRead;
        into.CacheWrite ??= cacheWrite;
        into.Input = input + (into.CacheRead ?? 0) + (into.CacheWrite ?? 0);
    }

    public static void Write(Utf8JsonWriter writer, in AwsHeaders headers)
    {
        Write(writer, AwsHeaders.InputName, headers.Input);
        Write(writer, AwsHeaders.OutputName, headers.Output);
        Write(writer, AwsHeaders.CacheReadName, headers.CacheRead);
        Write(writer, AwsHeaders.CacheWriteName, headers.CacheWrite);
    }

    public static void WriteMetrics(Utf8JsonWriter writer, long? input, long? output, long? cacheRead, long? cacheWrite)
    {
        if ((input ?? output ?? cacheRead ?? cacheWrite) is null)
            return;

        writer.WriteStartObject(Metrics);
        Write(writer, "inputTokenCount", input);
        Write(writer, "outputTokenCount", output);
        Write(writer, "cacheReadInputTokenCount", cacheRead);
        Write(writer, "cacheWriteInputTokenCount", cacheWrite);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, string name, long? count)
    {
        if (count is not null)
            writer.WriteNumber(name, count.Value);
    }

    private static bool Has(JsonElement usage, string name) =>
        usage.ValueKind == JsonValueKind.Object && usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number;
}
