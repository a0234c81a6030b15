using System.Collections.Frozen;

namespace Pipeline.UsageEnricher.Intake.Otoroshi;

/// <summary>Otoroshi's names in ours.</summary>
internal static class OtoroshiNames
{
    /// <summary>`provider_kind`, lower case: what has no entry keeps its name.</summary>
    private static readonly FrozenDictionary<string, string> Providers = new Dictionary<string, string>
    {
        ["azureopenai"] = "azure",
        ["azure-openai"] = "azure",
        ["azure-ai-foundry"] = "azure",
        ["gemini"] = "google",
        ["x-ai"] = "xai",
        ["x"] = "xai",
        ["together-ai"] = "together",
        ["ovh-ai-endpoints"] = "ovhcloud",
        ["ovh-ai-endpoints-unified"] = "ovhcloud",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>`consumed_using` without its last part where that only tells blocking from streaming.</summary>
    private static readonly FrozenDictionary<string, string> Operations = new Dictionary<string, string>
    {
        ["chat/completion"] = "chat",
        ["completion"] = "text_completion",
        ["responses"] = "chat",
        ["response"] = "chat",
        ["messages"] = "chat",
        ["embedding_model/embedding"] = "embeddings",
        ["audio_model/stt"] = "transcription",
        ["audio_model/translate"] = "translation",
        ["audio_model/tts"] = "speech",
        ["image_model/generate"] = "image_generation",
        ["image_model/edit"] = "image_edit",
        ["moderation_model/moderate"] = "moderation",
        ["video_model/generate"] = "video_generation",
        ["ocr/extract"] = "ocr",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public const string Streaming = "/streaming";
    private const string Blocking = "/blocking";

    public static string Provider(string kind) => Providers.GetValueOrDefault(kind, kind);

    public static string Operation(string? consumedUsing)
    {
        if (consumedUsing is null) return "chat";
        var what = consumedUsing.EndsWith(Streaming, StringComparison.Ordinal) ? consumedUsing[..^Streaming.Length]
            : consumedUsing.EndsWith(Blocking, StringComparison.Ordinal) ? consumedUsing[..^Blocking.Length]
            : consumedUsing;
        return Operations.GetValueOrDefault(what, "other");
    }
}
