using System.Buffers;
using System.Text.Json;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Telemetry;

/// <summary>One call as its access log line tells it.</summary>
/// <param name="Audit">The event of its last attempt; null = the gateway answered itself, without one.</param>
/// <param name="Target">The caller's target; only its path is written.</param>
/// <param name="ResponseCode">What the caller was answered; 0 = it left before anything was sent.</param>
/// <param name="Upstream">Null = the target leads nowhere.</param>
internal readonly record struct AccessLogEntry(LLMUsageAudit? Audit, string Method, string Target, int ResponseCode, string? Upstream, DateTimeOffset At)
{
    /// <summary>Longest path that is written; the rest is cut.</summary>
    public const int MaxPathChars = 512;

    private const int MaxMethodChars = 32;

    /// <summary>Writes the line with its end. The fields are those of other gateways' access logs, in the order of their names.</summary>
    public void Write(ArrayBufferWriter<byte> output, Utf8JsonWriter json)
    {
        json.Reset(output);
        var usage = Audit?.Usage;
        json.WriteStartObject();
        Number(json, "completion_tokens"u8, usage?.OutputTotal);
        json.WriteString("http_method"u8, Method.AsSpan(0, Math.Min(Method.Length, MaxMethodChars)));
        json.WriteString("path"u8, PathOf(Target));
        Number(json, "prompt_tokens"u8, usage?.InputTotal);
        // What a token limit counts where these fields come from: the prompt.
        Number(json, "rate_limited_tokens"u8, usage?.InputTotal);
        json.WriteString("request_id"u8, Audit?.RequestId);
        json.WriteNumber("response_code"u8, ResponseCode);
        json.WriteBoolean("streaming"u8, Audit?.Streaming ?? false);
        json.WriteString("system_time"u8, (Audit?.StartedAt ?? At).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));
        Number(json, "target_duration"u8, Audit?.DurationUs / 1000);
        json.WriteString("team"u8, Audit?.Attribution.Team);
        Number(json, "total_tokens"u8, usage?.ProviderTotal ?? usage?.InputTotal + usage?.OutputTotal);
        json.WriteString("upstream_name"u8, Upstream);
        json.WriteString("user"u8, Audit?.Attribution.User);
        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static ReadOnlySpan<char> PathOf(string target)
    {
        var question = target.IndexOf('?');
        var path = target.AsSpan(0, question < 0 ? target.Length : question);
        // A call is refused for it, and its line must not tell the key.
        if (KeyText.HoldsOurs(path.Contains('%') ? Uri.UnescapeDataString(path) : path)) return "/";
        return path[..Math.Min(path.Length, MaxPathChars)];
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
