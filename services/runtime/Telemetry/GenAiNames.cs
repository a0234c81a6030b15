namespace Pipeline.Runtime.Telemetry;

/// <summary>
/// OpenTelemetry's names for generative AI, for documents and spans alike, in one place because the convention still moves
/// (open-telemetry/semantic-conventions-genai, state of 2026-09; all of it in development).
/// </summary>
public static class GenAiNames
{
    public const string ProviderName = "gen_ai.provider.name";
    public const string OperationName = "gen_ai.operation.name";
    public const string RequestModel = "gen_ai.request.model";
    public const string ResponseModel = "gen_ai.response.model";
    public const string ResponseId = "gen_ai.response.id";
    public const string FinishReasons = "gen_ai.response.finish_reasons";
    public const string ConversationId = "gen_ai.conversation.id";

    /// <summary>All input tokens, cached ones included.</summary>
    public const string InputTokens = "gen_ai.usage.input_tokens";

    /// <summary>All output tokens, reasoning included.</summary>
    public const string OutputTokens = "gen_ai.usage.output_tokens";

    public const string CacheReadInputTokens = "gen_ai.usage.cache_read.input_tokens";
    public const string CacheWriteInputTokens = "gen_ai.usage.cache_write.input_tokens";
    public const string ReasoningOutputTokens = "gen_ai.usage.reasoning.output_tokens";

    public const string RequestStream = "gen_ai.request.stream";

    /// <summary>Seconds, as a double.</summary>
    public const string TimeToFirstChunk = "gen_ai.response.time_to_first_chunk";

    /// <summary>Of OpenTelemetry's general names: a token that says what went wrong.</summary>
    public const string ErrorType = "error.type";

    public const string HttpStatusCode = "http.response.status_code";

    // Ours, for what no convention has; the same names as in the documents.
    public const string Upstream = "llm.upstream";
    public const string Attempt = "llm.attempt";
    public const string Tenant = "llm.attribution.tenant";
    public const string Team = "llm.attribution.team";

    /// <summary>The convention's word for a provider of ours; ours where it has none.</summary>
    public static string ProviderNameOf(string provider) => provider switch
    {
        "google" or "gemini" => "gcp.gemini",
        "vertex" or "google-vertex" => "gcp.vertex_ai",
        "azure" or "azure-openai" => "azure.ai.openai",
        "bedrock" or "aws-bedrock" => "aws.bedrock",
        "mistral" => "mistral_ai",
        "xai" => "x_ai",
        _ => provider,
    };

    /// <summary>The convention's word for an operation of ours; ours where it has none.</summary>
    public static string OperationNameOf(string operation) => operation == "retrieve" ? "fetch_response" : operation;
}
