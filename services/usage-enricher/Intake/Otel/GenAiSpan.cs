using System.Globalization;
using System.Text.RegularExpressions;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;

namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>Reads one span that is a call of a model. Prompts, replies, tools and exceptions are in attributes and events that are not looked at.</summary>
internal static partial class GenAiSpan
{
    private const int TraceIdDigits = 32;
    private const int SpanIdDigits = 16;
    private const int MaxFinishReasons = 16;
    private const int StatusError = 2;
    private const long NanosecondsPerMicrosecond = 1000;
    private const double MicrosecondsPerSecond = 1e6;
    private const int TooManyRequests = 429;

    /// <summary>Region in the addresses of Bedrock and Vertex.</summary>
    [GeneratedRegex(@"\A(?:bedrock-runtime(?:-fips)?\.(?<region>[a-z0-9-]+)\.amazonaws\.com|(?<region>[a-z0-9-]+)-aiplatform\.googleapis\.com)\z", RegexOptions.CultureInvariant)]
    private static partial Regex RegionalAddress();

    /// <returns>Null when the span is no call of a model.</returns>
    public static CallSpan? Recognise(ForeignMember resource, ForeignMember span, OtlpAttributes attributes)
    {
        if (OperationOf(attributes) is not { } operation) return null;
        string?[] models = [attributes.Text(OtelNames.RequestModel), attributes.Text(OtelNames.ResponseModel)];
        // What is wrong with its counts is noted when it is booked.
        var tokens = GenAiUsage.Read(attributes, "", new CountReader([]));
        return new CallSpan(resource, span, operation, [.. models.OfType<string>().Where(static name => name.Length > 0)]) { Figures = TokenBounds.Of(tokens) };
    }

    /// <summary>The span is an agent's, a tool's or another piece of work's that makes calls of its own.</summary>
    public static bool IsOfItsOwn(OtlpAttributes attributes) =>
        (attributes.Text(OtelNames.Operation) is { } operation && OtelNames.IsOfItsOwn(operation))
        || (attributes.Text(OtelNames.FrameworkKind) is { } kind && OtelNames.IsOfItsOwn(kind))
        || attributes.Text(OtelNames.ToolMethod) is not null;

    /// <returns>Our operation; null when the span is no call of a model.</returns>
    private static string? OperationOf(OtlpAttributes attributes)
    {
        if (attributes.Text(OtelNames.Operation) is { } named) return OtelNames.OperationOf(named);
        // Instrumentations before operations had names: a system and a model are enough.
        return attributes.Text(OtelNames.Provider) is not null && attributes.Text(OtelNames.RequestModel) is not null ? "chat" : null;
    }

    /// <returns>Null when the span has no ids or no times.</returns>
    public static LLMUsageAudit? Read(ForeignMember span, OtlpAttributes attributes, string operation, LogRecord record)
    {
        if (ForeignText.Hex(span["traceId"].Text, TraceIdDigits) is not { } trace || ForeignText.Hex(span["spanId"].Text, SpanIdDigits) is not { } id) return null;
        if (Micros(span["startTimeUnixNano"]) is not { } start || Micros(span["endTimeUnixNano"]) is not { } end) return null;

        var corrections = new List<string>();
        var counts = new CountReader(corrections);
        var provider = OtelNames.ProviderOf(ForeignText.Token(attributes.Text(OtelNames.Provider)?.ToLowerInvariant()) ?? "unknown");
        var (usage, quality) = GenAiUsage.Read(attributes, provider, counts).ToUsage();
        if (end <= start) counts.Note(Correction.DurationNotTold);
        var (outcome, errorType, status) = Failure(span, attributes);
        var address = attributes.Text(OtelNames.ServerAddress)?.ToLowerInvariant();
        var eventId = ForeignIds.EventId(EventSource.Otel, trace + id);
        var call = new LLMUsageAudit
        {
            EventId = eventId,
            Edge = ForeignIds.PositionOf(record),
            RequestId = eventId.ToString(),
            TraceId = trace,
            SpanId = id,
            Attempt = attributes.Count(OtelNames.Attempt).Whole is > 0 and < int.MaxValue and var resent ? (int)resent + 1 : 1,
            StartedAt = DateTimeOffset.UnixEpoch.AddMicroseconds(start),
            DurationUs = Math.Max(0, end - start),
            TimeToFirstTokenUs = attributes.Number(OtelNames.FirstChunk) is >= 0 and < 1e6 and var seconds ? (long)(seconds * MicrosecondsPerSecond) : null,
            Provider = provider,
            Upstream = ForeignText.Token(address) ?? provider,
            Api = $"{provider}.other",
            Operation = operation,
            RequestModel = ForeignText.Visible(attributes.Text(OtelNames.RequestModel)),
            ResponseModel = ForeignText.Visible(attributes.Text(OtelNames.ResponseModel)),
            ServiceTier = ForeignText.Token(attributes.Text(OtelNames.ServiceTier)),
            Region = address is not null && RegionalAddress().Match(address) is { Success: true } match ? ForeignText.Token(match.Groups["region"].Value) : null,
            Streaming = attributes.Truth(OtelNames.Stream) ?? false,
            StatusCode = status,
            Outcome = outcome,
            ErrorType = errorType,
            FinishReasons = [.. attributes.Texts(OtelNames.FinishReasons).Select(ForeignText.Token).OfType<string>().Take(MaxFinishReasons)],
            ProviderResponseId = ForeignText.Visible(attributes.Text(OtelNames.ResponseId)),
            Usage = usage,
            UsageSource = usage is null ? UsageSource.None : outcome == Outcome.Ok && WholeUsage.IsTold(operation, usage) ? UsageSource.Provider : UsageSource.Partial,
            UsageQuality = quality,
            UsageInjection = UsageInjection.NotApplicable,
            Attribution = Attribution(attributes),
            RequestBytes = 0,
            ResponseBytes = 0,
            Source = EventSource.Otel,
        };
        if (attributes.HasOlderNames) counts.Note(Correction.OlderNames);
        return call with { Corrections = corrections };
    }

    private static long? Micros(ForeignMember nanoseconds) =>
        nanoseconds.Whole is > 0 and var time ? time / NanosecondsPerMicrosecond : null;

    private static (Outcome Outcome, string? Type, int? Status) Failure(ForeignMember span, OtlpAttributes attributes)
    {
        var type = attributes.Text(OtelNames.ErrorType);
        var status = attributes.Count(OtelNames.HttpStatus).Whole ?? (int.TryParse(type, NumberStyles.None, CultureInfo.InvariantCulture, out var told) ? told : null);
        var code = status is >= 100 and <= 599 ? (int?)status : null;
        var failed = type is not null || code >= 400 || span.At("status", "code").Whole == StatusError || span.At("status", "code").Text == "STATUS_CODE_ERROR";
        if (!failed) return (Outcome.Ok, null, code);
        return (OutcomeOf(type ?? "", code), ForeignText.Token(type), code);
    }

    private static Outcome OutcomeOf(string type, int? code) =>
        code == TooManyRequests || type.Contains("ratelimit", StringComparison.OrdinalIgnoreCase) || type.Contains("rate_limit", StringComparison.OrdinalIgnoreCase) ? Outcome.RateLimited
        : type.Contains("timeout", StringComparison.OrdinalIgnoreCase) ? Outcome.Timeout
        : type.Contains("cancel", StringComparison.OrdinalIgnoreCase) ? Outcome.ClientCancelled
        : Outcome.UpstreamError;

    private static Attribution Attribution(OtlpAttributes attributes) => new()
    {
        Tenant = ForeignText.Name(attributes.TextOfEither(OtelNames.Tenant)),
        Team = ForeignText.Name(attributes.TextOfEither(OtelNames.Team)),
        User = ForeignText.Name(attributes.TextOfEither(OtelNames.User)),
        Feature = ForeignText.Name(attributes.TextOfEither(OtelNames.Feature)),
        Session = ForeignText.Name(attributes.TextOfEither(OtelNames.Session)),
        Environment = ForeignText.Name(attributes.TextOfEither(OtelNames.Environment)),
    };
}
