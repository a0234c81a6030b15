using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Bedrock converse and converse-stream. The stream's messages have the members of the plain body, spread: messageStop the reason,
/// metadata, the last one, the usage. The reply names no model.
/// </summary>
internal sealed class BedrockConverseReader : ReplyReader
{
    /// <summary>OpenAI's models as they are named in URLs, with or without a region's prefix.</summary>
    private const string OpenAIModels = "openai.";

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("stopReason", FactPlaces.FinishReason),
        JsonPath.Raw("usage", FactPlaces.Usage),
        JsonPath.Object("serviceTier", -1, JsonPath.Value("type", FactPlaces.Tier)));

    public override JsonPath Root => Tree;

    public override bool WantsEvent(ReadOnlySpan<byte> type)
    {
        IsLast = type.SequenceEqual("metadata"u8);
        return IsLast || type.SequenceEqual("messageStop"u8);
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into) =>
        BedrockConverseUsage.Read(usage, IsStream && (Facts.UrlModel?.Contains(OpenAIModels, StringComparison.Ordinal) ?? false), into);
}
