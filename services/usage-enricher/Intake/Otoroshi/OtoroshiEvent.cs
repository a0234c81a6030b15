using System.Globalization;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.UsageEnricher.Enriching;

namespace Pipeline.UsageEnricher.Intake.Otoroshi;

/// <summary>
/// Reads an `LLMUsageAudit` event of Otoroshi's LLM extension, as its Kafka exporter writes it: one JSON object a record. Only the members
/// named here are looked at; prompts, outputs, provider secrets and error messages never are.
/// </summary>
internal static class OtoroshiEvent
{
    private const string Audit = "LLMUsageAudit";
    private const string CacheHit = "Hit";
    private const long MicrosecondsPerMillisecond = 1000;

    /// <summary>Longest call that is believed, milliseconds.</summary>
    private const long MaxDuration = 7L * 24 * 3600 * 1000;

    public static void Read(ForeignMember json, LogRecord record, bool geminiReportsTotal, ForeignRead into)
    {
        if (json["audit"].Text != Audit)
        {
            into.Skipped.Add(SkipReason.NotACall);
            return;
        }

        if (json.At("output", "metadata", "cache")["status"].Text == CacheHit)
        {
            into.Skipped.Add(SkipReason.CacheHit);
            return;
        }

        if (json["@id"].Text is not { Length: > 0 and <= 256 } id) into.Problem = "the event has no @id to know it again by";
        else if (Time(json["@timestamp"]) is not { } endedAt) into.Problem = "the event has no @timestamp";
        else if (Kind(json) is not { } kind) into.Problem = "the event has no provider_kind";
        else into.Calls.Add(ToCall(json, record, id, endedAt, OtoroshiNames.Provider(kind), geminiReportsTotal));
    }

    private static LLMUsageAudit ToCall(ForeignMember json, LogRecord record, string id, DateTimeOffset endedAt, string provider, bool geminiReportsTotal)
    {
        var corrections = new List<string>();
        var counts = new CountReader(corrections);
        var (output, details, consumedUsing) = (json["output"], json["provider_details"], json["consumed_using"].Text);
        var reportedUsage = json["usage"].IsObject ? json["usage"] : output.At("metadata", "usage").IsObject ? output.At("metadata", "usage") : output["usage"];
        var (outcome, errorType, status) = Failure(json["error"]);
        var (usage, quality) = OtoroshiUsage.Read(reportedUsage, provider, IsResponses(consumedUsing), geminiReportsTotal, counts).ToUsage();
        var operation = OtoroshiNames.Operation(consumedUsing);
        var duration = json["duration"].Whole is > 0 and <= MaxDuration and var told ? told : 0;
        if (duration == 0) counts.Note(Correction.DurationNotTold);
        var eventId = ForeignIds.EventId(EventSource.Otoroshi, id);
        return new LLMUsageAudit
        {
            EventId = eventId,
            Edge = ForeignIds.PositionOf(record),
            RequestId = ForeignText.Visible(json["request_id"].Text) ?? eventId.ToString(),
            // The event is made when the call has ended.
            StartedAt = endedAt.AddMilliseconds(-duration),
            DurationUs = duration * MicrosecondsPerMillisecond,
            Provider = provider,
            Upstream = ForeignText.Token(json["provider"].Text) ?? ForeignText.Token(details["id"].Text) ?? provider,
            Api = $"{provider}.other",
            Operation = operation,
            RequestModel = ForeignText.Visible(json["model"].Text ?? details.At("options", "model").Text),
            ResponseModel = ForeignText.Visible(output["model"].Text ?? json["output_stream"].Items.FirstOrDefault()["model"].Text),
            Streaming = consumedUsing?.EndsWith(OtoroshiNames.Streaming, StringComparison.Ordinal) == true,
            StatusCode = status,
            Outcome = outcome,
            ErrorType = errorType,
            Usage = usage,
            ProviderUsage = OtoroshiUsage.AsReported(reportedUsage),
            UsageSource = usage is null ? UsageSource.None : WholeUsage.IsTold(operation, usage) ? UsageSource.Provider : UsageSource.Partial,
            UsageQuality = quality,
            UsageInjection = UsageInjection.NotApplicable,
            Attribution = Attribution(json),
            RateLimit = RateLimit(json["rate_limit"]),
            RequestBytes = 0,
            ResponseBytes = 0,
            Source = EventSource.Otoroshi,
            Corrections = corrections,
        };
    }

    private static bool IsResponses(string? consumedUsing) => consumedUsing?.StartsWith("response", StringComparison.Ordinal) == true;

    private static string? Kind(ForeignMember json) =>
        ForeignText.Token((json["provider_kind"].Text ?? json.At("provider_details", "provider").Text)?.ToLowerInvariant());

    /// <summary>Milliseconds since 1970, or ISO 8601 where an exporter's projection wrote it so.</summary>
    private static DateTimeOffset? Time(ForeignMember member)
    {
        if (member.Whole is > 0 and <= 253_402_300_799_999 and var milliseconds) return DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return DateTimeOffset.TryParse(member.Text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? TimestampMicros.Truncate(time) : null;
    }

    private static (Outcome Outcome, string? Type, int? Status) Failure(ForeignMember error)
    {
        if (error.IsNull) return (Outcome.Ok, null, null);
        var status = error["status"].Whole is >= 100 and <= 599 and var code ? (int)code : (int?)null;
        var type = ForeignText.Token(error["type"].Text ?? error.At("error", "type").Text ?? error["code"].Text ?? error.At("error", "code").Text);
        return (status == 429 ? Outcome.RateLimited : Outcome.UpstreamError, type, status);
    }

    private static Attribution Attribution(ForeignMember json)
    {
        var (user, key, route) = (json["user"], json["apikey"], json["route"]);
        var teams = key.At("_loc", "teams");
        return new Attribution
        {
            Tenant = ForeignText.Name(key.At("_loc", "tenant").Text ?? route.At("_loc", "tenant").Text),
            // Of several teams none is the one that called.
            Team = teams.Length == 1 ? ForeignText.Name(teams.Items.First().Text) : null,
            User = ForeignText.Name(user["email"].Text ?? user["name"].Text),
            Environment = ForeignText.Name(json["@env"].Text),
            ApiKeyId = ForeignText.Token(key["clientId"].Text),
            Route = ForeignText.Name(route["name"].Text ?? route["id"].Text),
        };
    }

    private static RateLimit? RateLimit(ForeignMember limits)
    {
        var read = new RateLimit
        {
            LimitRequests = Limit("requests_limit"),
            RemainingRequests = Limit("requests_remaining"),
            LimitTokens = Limit("tokens_limit"),
            RemainingTokens = Limit("tokens_remaining"),
        };
        // Four zeros are its word for no headers.
        return (read.LimitRequests ?? 0) + (read.RemainingRequests ?? 0) + (read.LimitTokens ?? 0) + (read.RemainingTokens ?? 0) == 0 ? null : read;

        long? Limit(string name) => limits[name].Whole is >= 0 and var count ? count : null;
    }
}
