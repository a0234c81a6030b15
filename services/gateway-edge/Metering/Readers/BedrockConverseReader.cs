using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Bedrock converse and converse-stream. The stream's messages have the members of the plain body, spread: messageStop the reason,
/// metadata, the last one, the usage. The reply names no model.
/// </summary>
internal sealed class BedrockConverseReader : ReplyReader
{
    private const int StopReason = 0, Usage = 1, Tier = 2;

    /// <summary>OpenAI's models as they are named in URLs, with or without a region's prefix.</summary>
    private const string OpenAIModels = "openai.";

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("stopReason", StopReason),
        JsonPath.Raw("usage", Usage),
        JsonPath.Object("serviceTier", -1, JsonPath.Value("type", Tier)));

    private bool _isStream;
    private bool _isMetadata;

    public override JsonPath Root => Tree;

    public override void OnFraming(bool isEventStream) => _isStream = isEventStream;

    public override bool WantsEvent(ReadOnlySpan<byte> type)
    {
        _isMetadata = type.SequenceEqual("metadata"u8);
        return _isMetadata || type.SequenceEqual("messageStop"u8);
    }

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (kind != JsonScalar.Text)
            return;

        if (slot == StopReason)
            Facts.FinishReasons.Stage(0, token);
        else
            Facts.ServiceTier.Stage(token);
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    public override void ReadUsage(JsonElement usage, UsageFigures into) =>
        BedrockConverseUsage.Read(usage, _isStream && (Facts.UrlModel?.Contains(OpenAIModels, StringComparison.Ordinal) ?? false), into);

    protected override DocumentMeaning Commit()
    {
        var isMetadata = _isMetadata;
        Facts.CommitStaged();
        Facts.IsComplete |= isMetadata;
        return isMetadata ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    protected override void Forget() => _isMetadata = false;
}
