using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Anthropic messages. Streamed, the usage comes in two events: message_start (input side, a starting output figure) and
/// message_delta (final, cumulative): merged by member, never added. A plain body is the message itself.
/// </summary>
internal sealed class AnthropicMessagesReader : ReplyReader
{
    private const int Type = 0, StartUsage = 1;

    private static readonly JsonPath PlainTree = JsonPath.Root([.. MessagePlaces(FactPlaces.Usage), ErrorPlaces.Place()]);

    private static readonly JsonPath EventTree = JsonPath.Root(
        JsonPath.Value("type", Type),
        JsonPath.Object("message", -1, MessagePlaces(StartUsage)),
        JsonPath.Object("delta", -1, JsonPath.Value("stop_reason", FactPlaces.FinishReason)),
        JsonPath.Raw("usage", FactPlaces.Usage),
        ErrorPlaces.Place());

    public override JsonPath Root => IsStream ? EventTree : PlainTree;

    /// <summary>An error event ends the stream as message_stop does.</summary>
    protected override bool EndsWithError => true;

    private static JsonPath[] MessagePlaces(int usage) =>
    [
        JsonPath.Value("id", FactPlaces.Id),
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Value("stop_reason", FactPlaces.FinishReason),
        JsonPath.Raw("usage", usage),
    ];

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        if (slot != Type)
            return;

        IsLast = text.SequenceEqual("message_stop"u8);
        IsIrrelevant = !IsLast
            && !text.SequenceEqual("message_start"u8)
            && !text.SequenceEqual("message_delta"u8)
            && !text.SequenceEqual("error"u8);
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json, merge: true, isOfStart: slot == StartUsage);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => AnthropicUsage.Read(usage, into);
}
