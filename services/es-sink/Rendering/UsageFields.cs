using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;
using ImpactRange = Pipeline.Schemas.Range;

namespace Pipeline.EsSink.Rendering;

/// <summary>
/// The fields of a document, in the order in which they are written: what has a name in OpenTelemetry or ECS under that
/// name, everything else under `llm.` and its path in the record.
/// </summary>
internal static class UsageFields
{
    /// <summary>The trade's name for these records; filters written for it go on working.</summary>
    private const string Audit = "LLMUsageAudit";

    public static readonly IReadOnlyList<UsageField> All =
    [
        new DateField("@timestamp", static u => u.EventTime),
        new UuidField("event.id", static u => u.EventId),
        new KeywordField("audit", static _ => Audit),
        new KeywordField("trace.id", static u => u.TraceId),
        new KeywordField("span.id", static u => u.SpanId),
        .. GenAi(),
        .. Call(),
        .. Usage(),
        .. Attribution(),
        .. RateLimit(),
        .. Cost(),
        .. Impact(),
    ];

    private static UsageField[] GenAi() =>
    [
        new KeywordField(GenAiNames.ProviderName, static u => u.Provider),
        new KeywordField(GenAiNames.OperationName, static u => u.Operation),
        new KeywordField(GenAiNames.RequestModel, static u => u.RequestModel),
        new KeywordField(GenAiNames.ResponseModel, static u => u.ResponseModel),
        new KeywordField(GenAiNames.ResponseId, static u => u.ProviderResponseId),
        new KeywordsField(GenAiNames.FinishReasons, static u => u.FinishReasons),
        new KeywordField(GenAiNames.ConversationId, static u => u.Attribution.Session),
        new LongField(GenAiNames.InputTokens, static u => u.Usage?.InputTotal),
        new LongField(GenAiNames.OutputTokens, static u => u.Usage?.OutputTotal),
        new LongField(GenAiNames.CacheReadInputTokens, static u => u.Usage?.CacheRead),
        new LongField(GenAiNames.CacheWriteInputTokens, static u => CacheWrite(u.Usage)),
        new LongField(GenAiNames.ReasoningOutputTokens, static u => u.Usage?.Reasoning),
    ];

    private static UsageField[] Call() =>
    [
        new UuidField("llm.edge.id", static u => u.Edge.Id),
        new KeywordField("llm.edge.epoch", static u => u.Edge.Epoch),
        new LongField("llm.edge.sequence", static u => u.Edge.Sequence),
        new KeywordField("llm.request_id", static u => u.RequestId),
        new LongField(GenAiNames.Attempt, static u => u.Attempt),
        new DateField("llm.started_at", static u => u.StartedAt),
        new DateField("llm.clock_reported", static u => u.ClockReported),
        new LongField("llm.duration_us", static u => u.DurationUs),
        new LongField("llm.time_to_first_token_us", static u => u.TimeToFirstTokenUs),
        new KeywordField(GenAiNames.Upstream, static u => u.Upstream),
        new KeywordField("llm.api", static u => u.Api),
        new KeywordField("llm.service_tier", static u => u.ServiceTier),
        new KeywordField("llm.region", static u => u.Region),
        new BooleanField("llm.streaming", static u => u.Streaming),
        new LongField("llm.status_code", static u => u.StatusCode),
        new KeywordField("llm.outcome", static u => u.Outcome.Symbol()),
        new KeywordField("llm.error_type", static u => u.ErrorType),
        new BooleanField("llm.background", static u => u.Background),
        new LongField("llm.request_bytes", static u => u.RequestBytes),
        new LongField("llm.response_bytes", static u => u.ResponseBytes),
        new BooleanField("llm.truncated", static u => u.Truncated),
        new KeywordField("llm.source", static u => u.Source.Symbol()),
        new KeywordsField("llm.corrections", static u => u.Corrections),
        new LongField("llm.revision", static u => u.Revision),
        new DateField("llm.enriched_at", static u => u.EnrichedAt),
        new KeywordField("llm.raw.topic", static u => u.Raw.Topic),
        new LongField("llm.raw.partition", static u => u.Raw.Partition),
        new LongField("llm.raw.offset", static u => u.Raw.Offset),
    ];

    private static UsageField[] Usage() =>
    [
        new KeywordField("llm.usage_source", static u => u.UsageSource.Symbol()),
        new KeywordField("llm.usage_quality", static u => u.UsageQuality.Symbol()),
        new KeywordField("llm.usage_injection", static u => u.UsageInjection.Symbol()),
        new LongField("llm.usage.input_uncached", static u => u.Usage?.InputUncached),
        new LongField("llm.usage.cache_read", static u => u.Usage?.CacheRead),
        new LongField("llm.usage.cache_write", static u => u.Usage?.CacheWrite),
        new LongField("llm.usage.cache_write_5m", static u => u.Usage?.CacheWrite5m),
        new LongField("llm.usage.cache_write_1h", static u => u.Usage?.CacheWrite1h),
        new LongField("llm.usage.input_audio", static u => u.Usage?.InputAudio),
        new LongField("llm.usage.input_image", static u => u.Usage?.InputImage),
        new LongField("llm.usage.input_video", static u => u.Usage?.InputVideo),
        new LongField("llm.usage.tool_use_prompt", static u => u.Usage?.ToolUsePrompt),
        new LongField("llm.usage.output_text", static u => u.Usage?.OutputText),
        new LongField("llm.usage.reasoning", static u => u.Usage?.Reasoning),
        new LongField("llm.usage.output_audio", static u => u.Usage?.OutputAudio),
        new LongField("llm.usage.output_image", static u => u.Usage?.OutputImage),
        new NamesField<long>("llm.usage.overlaps", static u => u.Usage?.Overlaps, WriteCount),
        new LongField("llm.usage.input_total", static u => u.Usage?.InputTotal),
        new LongField("llm.usage.output_total", static u => u.Usage?.OutputTotal),
        new LongField("llm.usage.provider_total", static u => u.Usage?.ProviderTotal),
        new LongField("llm.usage.cached_reported", static u => u.Usage?.CachedReported),
        new NamesField<decimal>("llm.quantities", static u => u.Quantities, static (writer, value) => writer.WriteDecimal(value)),
        new NamesField<long>("llm.tool_calls", static u => u.ToolCalls, WriteCount),
        new KeywordField("llm.provider_usage", static u => u.ProviderUsage, KeywordField.StoredOnly),
        new NamesField<string>("llm.price_context", static u => u.PriceContext, WriteText),
    ];

    private static UsageField[] Attribution() =>
    [
        new KeywordField(GenAiNames.Tenant, static u => u.Attribution.Tenant),
        new KeywordField(GenAiNames.Team, static u => u.Attribution.Team),
        new KeywordField("llm.attribution.user", static u => u.Attribution.User),
        new KeywordField("llm.attribution.feature", static u => u.Attribution.Feature),
        new KeywordField("llm.attribution.session", static u => u.Attribution.Session),
        new KeywordField("llm.attribution.environment", static u => u.Attribution.Environment),
        new KeywordField("llm.attribution.api_key_id", static u => u.Attribution.ApiKeyId),
        new KeywordField("llm.attribution.variant", static u => u.Attribution.Variant),
        new KeywordField("llm.attribution.prompt_version", static u => u.Attribution.PromptVersion),
        new KeywordField("llm.attribution.route", static u => u.Attribution.Route),
        new NamesField<string>("llm.attribution.tags", static u => u.Attribution.Tags, WriteText),
    ];

    private static UsageField[] RateLimit() =>
    [
        new LongField("llm.rate_limit.limit_requests", static u => u.RateLimit?.LimitRequests),
        new LongField("llm.rate_limit.remaining_requests", static u => u.RateLimit?.RemainingRequests),
        new LongField("llm.rate_limit.reset_requests_us", static u => u.RateLimit?.ResetRequestsUs),
        new LongField("llm.rate_limit.limit_tokens", static u => u.RateLimit?.LimitTokens),
        new LongField("llm.rate_limit.remaining_tokens", static u => u.RateLimit?.RemainingTokens),
        new LongField("llm.rate_limit.reset_tokens_us", static u => u.RateLimit?.ResetTokensUs),
        new LongField("llm.rate_limit.retry_after_us", static u => u.RateLimit?.RetryAfterUs),
        new LongField("llm.rate_limit.limit_input_tokens", static u => u.RateLimit?.LimitInputTokens),
        new LongField("llm.rate_limit.remaining_input_tokens", static u => u.RateLimit?.RemainingInputTokens),
        new LongField("llm.rate_limit.reset_input_tokens_us", static u => u.RateLimit?.ResetInputTokensUs),
        new LongField("llm.rate_limit.limit_output_tokens", static u => u.RateLimit?.LimitOutputTokens),
        new LongField("llm.rate_limit.remaining_output_tokens", static u => u.RateLimit?.RemainingOutputTokens),
        new LongField("llm.rate_limit.reset_output_tokens_us", static u => u.RateLimit?.ResetOutputTokensUs),
        new LongField("llm.rate_limit.window_requests_us", static u => u.RateLimit?.WindowRequestsUs),
        new LongField("llm.rate_limit.window_tokens_us", static u => u.RateLimit?.WindowTokensUs),
        new LongField("llm.rate_limit.charged_tokens", static u => u.RateLimit?.ChargedTokens),
    ];

    private static UsageField[] Cost() =>
    [
        .. Money("llm.provider_reported_cost", static u => u.ProviderReportedCost),
        new KeywordField("llm.cost.status", static u => u.Cost.Status.Symbol()),
        new KeywordField("llm.cost.currency", static u => u.Cost.Currency),
        .. Money("llm.cost.list_total", static u => u.Cost.ListTotal),
        .. Money("llm.cost.net_total", static u => u.Cost.NetTotal),
        new LineItemsField("llm.cost.line_items"),
        new KeywordsField("llm.cost.unpriced", static u => u.Cost.Unpriced),
        new KeywordField("llm.cost.catalogue_id", static u => u.Cost.CatalogueId),
        new KeywordField("llm.cost.catalogue_version", static u => u.Cost.CatalogueVersion),
        new KeywordField("llm.cost.price_key", static u => u.Cost.PriceKey),
        new KeywordField("llm.cost.price_book", static u => u.Cost.PriceBook),
        new KeywordField("llm.cost.contract", static u => u.Cost.Contract),
    ];

    private static UsageField[] Impact() =>
    [
        new KeywordField("llm.impact.status", static u => u.Impact?.Status.Symbol()),
        new KeywordField("llm.impact.method", static u => u.Impact?.Method),
        new KeywordField("llm.impact.version", static u => u.Impact?.Version),
        new KeywordField("llm.impact.zone", static u => u.Impact?.Zone),
        new KeywordField("llm.impact.zone_source", static u => u.Impact?.ZoneSource),
        .. Estimate("llm.impact.energy", static u => u.Impact?.Energy),
        .. Estimate("llm.impact.gwp", static u => u.Impact?.Gwp),
        .. Estimate("llm.impact.adpe", static u => u.Impact?.Adpe),
        .. Estimate("llm.impact.pe", static u => u.Impact?.Pe),
        .. Estimate("llm.impact.wcf", static u => u.Impact?.Wcf),
        .. Part("llm.impact.usage", static u => u.Impact?.Usage),
        .. Part("llm.impact.embodied", static u => u.Impact?.Embodied),
        new KeywordField("llm.impact.model_key", static u => u.Impact?.ModelKey),
        new KeywordField("llm.impact.model_match", static u => u.Impact?.ModelMatch),
        new KeywordField("llm.impact.grid_source", static u => u.Impact?.GridSource),
        new DateField("llm.impact.grid_hour", static u => u.Impact?.GridHour),
        new DoubleField("llm.impact.grid_gwp", static u => u.Impact?.GridGwp),
        new BooleanField("llm.impact.latency_capped", static u => u.Impact?.LatencyCapped),
        new KeywordsField("llm.impact.not_counted", static u => u.Impact?.NotCounted ?? []),
        new KeywordsField("llm.impact.warnings", static u => u.Impact?.Warnings ?? []),
    ];

    private static UsageField[] Part(string path, Func<LlmUsage, ImpactPart?> part) =>
    [
        .. Estimate(path + ".energy", u => part(u)?.Energy),
        .. Estimate(path + ".gwp", u => part(u)?.Gwp),
        .. Estimate(path + ".adpe", u => part(u)?.Adpe),
        .. Estimate(path + ".pe", u => part(u)?.Pe),
        .. Estimate(path + ".wcf", u => part(u)?.Wcf),
    ];

    private static UsageField[] Estimate(string path, Func<LlmUsage, ImpactRange?> range) =>
        [new DoubleField(path + ".min", u => range(u)?.Min), new DoubleField(path + ".max", u => range(u)?.Max)];

    private static UsageField[] Money(string path, Func<LlmUsage, decimal?> amount) =>
        [new MoneyField(path, amount), new ExactMoneyField(path, amount)];

    private static long? CacheWrite(TokenUsage? usage) =>
        usage is null || (usage.CacheWrite ?? usage.CacheWrite5m ?? usage.CacheWrite1h) is null
            ? null
            : (usage.CacheWrite ?? 0) + (usage.CacheWrite5m ?? 0) + (usage.CacheWrite1h ?? 0);

    private static void WriteCount(DocumentWriter writer, long value) => writer.Json.WriteNumberValue(value);

    private static void WriteText(DocumentWriter writer, string value) => writer.Json.WriteStringValue(value);
}
