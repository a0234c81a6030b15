using System.Buffers;
using System.Text;
using System.Text.Json;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Explaining;

/// <summary>One exchange's line of JSON. Figures stand as the provider reported them in <c>usage</c>, taken apart in <c>parts</c>.</summary>
internal static class ExplainedLine
{
    private const string SearchUnits = "search_units";

    private static readonly JsonWriterOptions Options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(ExplainedExchange explained)
    {
        var bytes = new ArrayBufferWriter<byte>(2048);
        using (var writer = new Utf8JsonWriter(bytes, Options))
            Write(explained, writer);

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>The line of a file that is no exchange.</summary>
    public static string OfUnreadable(string file, string problem)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(bytes, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("file", file);
            writer.WriteString("error", problem);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Write(ExplainedExchange explained, Utf8JsonWriter writer)
    {
        var reply = explained.Reply;
        var reported = reply.Reported ?? new UsageFigures();
        writer.WriteStartObject();
        writer.WriteString("id", explained.Id);
        writer.WriteString("provider", explained.Provider);
        writer.WriteString("api", explained.Match.Api);
        writer.WriteString("request_model", explained.Request.Model ?? explained.Match.UrlModel);
        writer.WriteString("response_model", reply.ResponseModel);
        writer.WriteBoolean("usage_present", reported.HasAny || AudioSeconds(reported) is not null);
        WriteUsage(reported, writer);
        WriteParts(reply.Usage, writer);
        writer.WriteString("usage_source", reply.UsageSource.Symbol());
        writer.WriteString("usage_quality", reply.UsageQuality.Symbol());
        WriteBilled(reply, writer);
        writer.WriteString("reported_cost_usd", reply.ProviderReportedCost is { } cost ? Plain(cost) : null);
        writer.WriteStartArray("finish_reasons");
        foreach (var reason in reply.FinishReasons)
            WriteWord(reason, writer);
        writer.WriteEndArray();
        WriteError(reply, writer);
        writer.WritePropertyName("service_tier");
        WriteWord(reply.ServiceTier, writer);
        Count(writer, "web_search_requests", reported.WebSearches);
        if (reply.IsStream)
            writer.WriteBoolean("stream_complete", reply.IsComplete);
        else
            writer.WriteNull("stream_complete");

        writer.WriteEndObject();
    }

    private static void WriteUsage(UsageFigures reported, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("usage");
        Count(writer, "input_tokens", reported.Input);
        Count(writer, "cached_input_tokens", reported.CacheRead);
        Count(writer, "cache_write_tokens", reported.CacheWrite);
        Count(writer, "cache_write_5m_tokens", reported.CacheWrite5m);
        Count(writer, "cache_write_1h_tokens", reported.CacheWrite1h);
        Count(writer, "output_tokens", reported.Output);
        Count(writer, "reasoning_tokens", reported.Reasoning);
        Count(writer, "input_audio_tokens", reported.InputAudio);
        Count(writer, "output_audio_tokens", reported.OutputAudio);
        Count(writer, "input_image_tokens", reported.InputImage);
        Count(writer, "output_image_tokens", reported.OutputImage);
        if (AudioSeconds(reported) is { } seconds)
            writer.WriteNumber("audio_seconds", seconds);
        else
            writer.WriteNull("audio_seconds");
        Count(writer, "total_tokens_reported", reported.Total);
        writer.WriteEndObject();
    }

    /// <summary>The sum of what is charged, where that is not the usage.</summary>
    private static void WriteBilled(MeteredReply reply, Utf8JsonWriter writer)
    {
        var passes = reply.Reported?.Billed;
        decimal? searches = reply.Quantities.TryGetValue(SearchUnits, out var units) ? units : null;
        if (passes is null && searches is null)
        {
            writer.WriteNull("billed");
            return;
        }

        var sum = new UsageFigures();
        foreach (var pass in passes ?? [])
            sum.Add(pass.Figures);

        writer.WriteStartObject("billed");
        Known(writer, "input_tokens", sum.Input);
        Known(writer, "cached_input_tokens", sum.CacheRead);
        Known(writer, "cache_write_tokens", sum.CacheWrite);
        Known(writer, "output_tokens", sum.Output);
        if (searches is not null)
            writer.WriteNumber(SearchUnits, searches.Value);
        writer.WriteEndObject();
    }

    /// <summary>Clients that ask Google for numbers instead of names get numbers here too.</summary>
    private static void WriteWord(string? word, Utf8JsonWriter writer)
    {
        if (word?.Length is > 0 and < 10 && word.All(char.IsAsciiDigit))
            writer.WriteNumberValue(int.Parse(word, System.Globalization.CultureInfo.InvariantCulture));
        else
            writer.WriteStringValue(word);
    }

    private static void Known(Utf8JsonWriter writer, string name, long? count)
    {
        if (count is not null)
            writer.WriteNumber(name, count.Value);
    }

    private static void WriteParts(TokenUsage? usage, Utf8JsonWriter writer)
    {
        if (usage is null)
        {
            writer.WriteNull("parts");
            return;
        }

        writer.WriteStartObject("parts");
        Count(writer, "input_uncached", usage.InputUncached);
        Count(writer, "cache_read", usage.CacheRead);
        Count(writer, "cache_write", usage.CacheWrite);
        Count(writer, "cache_write_5m", usage.CacheWrite5m);
        Count(writer, "cache_write_1h", usage.CacheWrite1h);
        Count(writer, "input_audio", usage.InputAudio);
        Count(writer, "input_image", usage.InputImage);
        Count(writer, "input_video", usage.InputVideo);
        Count(writer, "tool_use_prompt", usage.ToolUsePrompt);
        Count(writer, "output_text", usage.OutputText);
        Count(writer, "reasoning", usage.Reasoning);
        Count(writer, "output_audio", usage.OutputAudio);
        Count(writer, "output_image", usage.OutputImage);
        writer.WriteStartObject("overlaps");
        foreach (var (name, tokens) in usage.Overlaps)
            writer.WriteNumber(name, tokens);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteError(MeteredReply reply, Utf8JsonWriter writer)
    {
        if (!reply.IsError)
        {
            writer.WriteNull("error");
            return;
        }

        writer.WriteStartObject("error");
        writer.WriteString("type", reply.ErrorType);
        if (reply.IsErrorCodeNumber && long.TryParse(reply.ErrorCode, out var code))
            writer.WriteNumber("code", code);
        else
            writer.WriteString("code", reply.ErrorCode);
        writer.WriteEndObject();
    }

    private static decimal? AudioSeconds(UsageFigures reported) =>
        reported.Quantities?.TryGetValue(UsageFigures.AudioSeconds, out var seconds) == true ? seconds : null;

    private static void Count(Utf8JsonWriter writer, string name, long? count)
    {
        if (count is { } known)
            writer.WriteNumber(name, known);
        else
            writer.WriteNull(name);
    }

    /// <summary>Without the zeros that only say how it was reckoned.</summary>
    private static string Plain(decimal amount) => amount.ToString("0.############################", System.Globalization.CultureInfo.InvariantCulture);
}
