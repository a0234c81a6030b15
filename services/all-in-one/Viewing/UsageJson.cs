using System.Buffers;
using System.Text.Json;
using Pipeline.Runtime;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Viewing;

/// <summary>One event of `llm-usage` for people who watch: what was called, by whom, how much of it, at what cost.</summary>
internal static class UsageJson
{
    /// <summary>A single line of JSON; money as exact decimal strings; absent = not known.</summary>
    public static byte[] Of(LlmUsage usage)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("event_id", usage.EventId);
            json.WriteNumber("revision", usage.Revision);
            json.WriteString("event_time", usage.EventTime.UtcDateTime);
            json.WriteString("request_id", usage.RequestId);
            Text(json, "provider", usage.Provider);
            Text(json, "upstream", usage.Upstream);
            Text(json, "api", usage.Api);
            Text(json, "request_model", usage.RequestModel);
            Text(json, "response_model", usage.ResponseModel);
            json.WriteBoolean("streaming", usage.Streaming);
            Number(json, "status_code", usage.StatusCode);
            json.WriteString("outcome", usage.Outcome.Symbol());
            Text(json, "error_type", usage.ErrorType);
            json.WriteNumber("duration_us", usage.DurationUs);
            Number(json, "time_to_first_token_us", usage.TimeToFirstTokenUs);
            WriteAttribution(json, usage.Attribution);
            WriteTokens(json, usage.Usage);
            WriteCost(json, usage.Cost);
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteAttribution(Utf8JsonWriter json, Attribution attribution)
    {
        json.WriteStartObject("attribution");
        Text(json, "tenant", attribution.Tenant);
        Text(json, "team", attribution.Team);
        Text(json, "user", attribution.User);
        Text(json, "feature", attribution.Feature);
        Text(json, "environment", attribution.Environment);
        json.WriteEndObject();
    }

    private static void WriteTokens(Utf8JsonWriter json, TokenUsage? usage)
    {
        if (usage is null)
        {
            json.WriteNull("usage");
            return;
        }

        json.WriteStartObject("usage");
        Number(json, "input_total", usage.InputTotal);
        Number(json, "output_total", usage.OutputTotal);
        Number(json, "cache_read", usage.CacheRead);
        Number(json, "reasoning", usage.Reasoning);
        json.WriteEndObject();
    }

    private static void WriteCost(Utf8JsonWriter json, Cost cost)
    {
        json.WriteStartObject("cost");
        json.WriteString("status", cost.Status.Symbol());
        json.WriteString("currency", cost.Currency);
        if (cost.NetTotal is { } net) json.WriteString("net_total", PlainDecimal.Of(net));
        Text(json, "price_key", cost.PriceKey);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } known) json.WriteNumber(name, known);
    }
}
