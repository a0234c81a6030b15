using System.Collections.Frozen;

namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>A field of ours by all the attribute names that it had, the current one first.</summary>
/// <param name="CurrentNames">How many of the names, from the first, are current: the others are an older convention's or another's.</param>
internal sealed record OtelField(int CurrentNames, params IReadOnlyList<string> Names);

/// <summary>
/// Attribute names: OpenTelemetry's GenAI conventions of today, of 1.37 and of 1.36 and before; OpenLLMetry's; OpenInference's.
/// </summary>
internal static class OtelNames
{
    public static readonly OtelField Provider = new(1, "gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system");
    public static readonly OtelField Operation = new(1, "gen_ai.operation.name", "llm.request.type", "openinference.span.kind");

    /// <summary>OpenLLMetry's kinds of spans that are no calls.</summary>
    public static readonly OtelField FrameworkKind = new(0, "traceloop.span.kind");

    /// <summary>Calls of tools by the Model Context Protocol.</summary>
    public static readonly OtelField ToolMethod = new(1, "mcp.method.name");

    public static readonly OtelField RequestModel = new(1, "gen_ai.request.model", "llm.model_name");
    public static readonly OtelField ResponseModel = new(1, "gen_ai.response.model");
    public static readonly OtelField ResponseId = new(1, "gen_ai.response.id");
    public static readonly OtelField FinishReasons = new(1, "gen_ai.response.finish_reasons", "gen_ai.response.finish_reason", "llm.response.finish_reason");
    public static readonly OtelField Stream = new(1, "gen_ai.request.stream", "gen_ai.request.is_stream", "llm.is_streaming");
    public static readonly OtelField FirstChunk = new(1, "gen_ai.response.time_to_first_chunk");
    public static readonly OtelField ServiceTier = new(2, "openai.response.service_tier", "gen_ai.openai.response.service_tier");
    public static readonly OtelField ServerAddress = new(1, "server.address");
    public static readonly OtelField ErrorType = new(1, "error.type");
    public static readonly OtelField HttpStatus = new(1, "http.response.status_code", "http.status_code");
    public static readonly OtelField Attempt = new(1, "http.request.resend_count");

    public static readonly OtelField Input = new(1, "gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens", "llm.token_count.prompt");
    public static readonly OtelField Output = new(1, "gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens", "llm.token_count.completion");
    public static readonly OtelField Total = new(1, "gen_ai.usage.total_tokens", "llm.usage.total_tokens", "llm.token_count.total");
    public static readonly OtelField CacheRead = new(1, "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens", "llm.token_count.prompt_details.cache_read", "gen_ai.usage.cached_tokens");
    public static readonly OtelField CacheWrite = new(
        2, "gen_ai.usage.cache_write.input_tokens", "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens", "llm.token_count.prompt_details.cache_write");

    public static readonly OtelField Reasoning = new(1, "gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens", "llm.usage.reasoning_tokens", "llm.token_count.completion_details.reasoning");
    public static readonly OtelField InputAudio = new(1, "gen_ai.usage.audio.input_tokens", "llm.token_count.prompt_details.audio");
    public static readonly OtelField InputImage = new(1, "gen_ai.usage.image.input_tokens");
    public static readonly OtelField InputVideo = new(1, "gen_ai.usage.video.input_tokens");
    public static readonly OtelField OutputAudio = new(1, "gen_ai.usage.audio.output_tokens", "llm.token_count.completion_details.audio");
    public static readonly OtelField OutputImage = new(1, "gen_ai.usage.image.output_tokens");

    public static readonly OtelField Tenant = new(1, "tenant.id");
    public static readonly OtelField Team = new(2, "team", "service.namespace");
    public static readonly OtelField User = new(2, "user.id", "enduser.id");
    public static readonly OtelField Feature = new(1, "service.name");
    public static readonly OtelField Session = new(2, "gen_ai.conversation.id", "session.id");
    public static readonly OtelField Environment = new(2, "deployment.environment.name", "deployment.environment");

    /// <summary>Every name there is: what is not in it is not read.</summary>
    public static readonly FrozenSet<string> All = new[]
    {
        Provider, Operation, FrameworkKind, ToolMethod, RequestModel, ResponseModel, ResponseId, FinishReasons, Stream, FirstChunk, ServiceTier, ServerAddress, ErrorType, HttpStatus, Attempt,
        Input, Output, Total, CacheRead, CacheWrite, Reasoning, InputAudio, InputImage, InputVideo, OutputAudio, OutputImage,
        Tenant, Team, User, Feature, Session, Environment,
    }.SelectMany(static field => field.Names).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Providers = new Dictionary<string, string>
    {
        ["azure.ai.openai"] = "azure",
        ["az.ai.openai"] = "azure",
        ["azure.ai.inference"] = "azure",
        ["az.ai.inference"] = "azure",
        ["aws.bedrock"] = "bedrock",
        ["aws_bedrock"] = "bedrock",
        ["gcp.gemini"] = "google",
        ["gcp.gen_ai"] = "google",
        ["gemini"] = "google",
        ["google_genai"] = "google",
        ["gcp.vertex_ai"] = "vertex",
        ["vertex_ai"] = "vertex",
        ["vertexai"] = "vertex",
        ["mistral_ai"] = "mistral",
        ["mistralai"] = "mistral",
        ["x_ai"] = "xai",
        ["ibm.watsonx.ai"] = "watsonx",
        ["moonshot_ai"] = "moonshot",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Operations that are one call of a model; everything else (agents, tools, retrieval, memory) is none.</summary>
    private static readonly FrozenDictionary<string, string> Operations = new Dictionary<string, string>
    {
        ["chat"] = "chat",
        ["text_completion"] = "text_completion",
        ["completion"] = "text_completion",
        ["generate_content"] = "generate_content",
        ["embeddings"] = "embeddings",
        ["embedding"] = "embeddings",
        ["fetch_response"] = "retrieve",
        ["llm"] = "chat",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Names of spans that stand between a framework's call and its client library's: glue, not work of its own.</summary>
    private static readonly FrozenSet<string> Glue = new[] { "chain", "task", "unknown" }.ToFrozenSet(StringComparer.Ordinal);

    public static string ProviderOf(string name) => Providers.GetValueOrDefault(name, name);

    /// <summary>Agents, tools, workflows, retrieval: neither a call of a model nor glue.</summary>
    public static bool IsOfItsOwn(string name) => OperationOf(name) is null && !Glue.Contains(name.ToLowerInvariant());

    /// <returns>Null when it is no call of a model.</returns>
    public static string? OperationOf(string name) => Operations.GetValueOrDefault(name.ToLowerInvariant());
}
