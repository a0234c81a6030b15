using static Pipeline.Kibana.Fields.Mapped;

namespace Pipeline.Kibana.Fields;

/// <summary>The fields that the panels use.</summary>
internal static class DocumentFields
{
    public static readonly Instant Time = InstantAt("@timestamp");
    public static readonly Instant ClockReported = InstantAt("llm.clock_reported");

    public static readonly Dimension Provider = DimensionAt("gen_ai.provider.name");
    public static readonly Dimension Operation = DimensionAt("gen_ai.operation.name");
    public static readonly Dimension RequestModel = DimensionAt("gen_ai.request.model");
    public static readonly Dimension ResponseModel = DimensionAt("gen_ai.response.model");
    public static readonly Dimension FinishReasons = DimensionAt("gen_ai.response.finish_reasons");
    public static readonly Dimension Upstream = DimensionAt("llm.upstream");
    public static readonly Dimension Api = DimensionAt("llm.api");
    public static readonly Dimension Streaming = DimensionAt("llm.streaming");
    public static readonly Dimension StatusCode = DimensionAt("llm.status_code");
    public static readonly Dimension Outcome = DimensionAt("llm.outcome");
    public static readonly Dimension ErrorType = DimensionAt("llm.error_type");
    public static readonly Dimension Background = DimensionAt("llm.background");
    public static readonly Dimension Truncated = DimensionAt("llm.truncated");
    public static readonly Measure Attempt = MeasureAt("llm.attempt");
    public static readonly Measure DurationUs = MeasureAt("llm.duration_us");
    public static readonly Measure TimeToFirstTokenUs = MeasureAt("llm.time_to_first_token_us");

    public static readonly Dimension Tenant = DimensionAt("llm.attribution.tenant");
    public static readonly Dimension Team = DimensionAt("llm.attribution.team");
    public static readonly Dimension User = DimensionAt("llm.attribution.user");
    public static readonly Dimension Feature = DimensionAt("llm.attribution.feature");
    public static readonly Dimension CallEnvironment = DimensionAt("llm.attribution.environment");

    public static readonly Measure InputTotal = MeasureAt("llm.usage.input_total");
    public static readonly Measure OutputTotal = MeasureAt("llm.usage.output_total");
    public static readonly Measure InputUncached = MeasureAt("llm.usage.input_uncached");
    public static readonly Measure CacheRead = MeasureAt("llm.usage.cache_read");
    public static readonly Measure CacheWrite = MeasureAt("llm.usage.cache_write");
    public static readonly Measure CacheWrite5m = MeasureAt("llm.usage.cache_write_5m");
    public static readonly Measure CacheWrite1h = MeasureAt("llm.usage.cache_write_1h");
    public static readonly Measure InputAudio = MeasureAt("llm.usage.input_audio");
    public static readonly Measure InputImage = MeasureAt("llm.usage.input_image");
    public static readonly Measure InputVideo = MeasureAt("llm.usage.input_video");
    public static readonly Measure ToolUsePrompt = MeasureAt("llm.usage.tool_use_prompt");
    public static readonly Measure OutputText = MeasureAt("llm.usage.output_text");
    public static readonly Measure Reasoning = MeasureAt("llm.usage.reasoning");
    public static readonly Measure OutputAudio = MeasureAt("llm.usage.output_audio");
    public static readonly Measure OutputImage = MeasureAt("llm.usage.output_image");
    public static readonly Dimension UsageSource = DimensionAt("llm.usage_source");
    public static readonly Dimension UsageQuality = DimensionAt("llm.usage_quality");
    public static readonly Dimension UsageInjection = DimensionAt("llm.usage_injection");

    public static readonly Dimension CostStatus = DimensionAt("llm.cost.status");
    public static readonly Dimension Currency = DimensionAt("llm.cost.currency");
    public static readonly Measure NetTotal = MeasureAt("llm.cost.net_total");
    public static readonly Measure ListTotal = MeasureAt("llm.cost.list_total");
    public static readonly Measure ProviderReportedCost = MeasureAt("llm.provider_reported_cost");
    public static readonly Dimension Unpriced = DimensionAt("llm.cost.unpriced");
    public static readonly Dimension CatalogueId = DimensionAt("llm.cost.catalogue_id");
    public static readonly Dimension CatalogueVersion = DimensionAt("llm.cost.catalogue_version");
    public static readonly Dimension PriceKey = DimensionAt("llm.cost.price_key");

    public static readonly Dimension ImpactStatus = DimensionAt("llm.impact.status");
    public static readonly Dimension ImpactMethod = DimensionAt("llm.impact.method");
    public static readonly Dimension ImpactVersion = DimensionAt("llm.impact.version");
    public static readonly Dimension Zone = DimensionAt("llm.impact.zone");
    public static readonly Dimension ZoneSource = DimensionAt("llm.impact.zone_source");
    public static readonly Estimate Energy = EstimateAt("llm.impact.energy");
    public static readonly Estimate Gwp = EstimateAt("llm.impact.gwp");
    public static readonly Estimate Pe = EstimateAt("llm.impact.pe");
    public static readonly Estimate Wcf = EstimateAt("llm.impact.wcf");
    public static readonly Estimate UsageGwp = EstimateAt("llm.impact.usage.gwp");
    public static readonly Estimate EmbodiedGwp = EstimateAt("llm.impact.embodied.gwp");
}
