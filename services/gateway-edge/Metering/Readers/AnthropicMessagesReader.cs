using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Anthropic messages. Streamed, the usage comes in two events: message_start (input side, a starting output figure) and
/// message_delta (final, cumulative): merged by member, never added. A plain body is the message itself.
/// </summary>
internal sealed class AnthropicMessagesReader : ReplyReader
{
    private const int Type = 0, Id = 1, Model = 2, StopReason = 3, Usage = 4, StartUsage = 5;

    private static readonly JsonPath PlainTree = JsonPath.Root(
    [
        .. MessagePlaces(Usage),
        JsonPath.Value("type", Type),
        ErrorPlaces.Place(),
    ]);

    private static readonly JsonPath EventTree = JsonPath.Root(
        JsonPath.Value("type", Type),
        JsonPath.Object("message", -1, MessagePlaces(StartUsage)),
        JsonPath.Object("delta", -1, JsonPath.Value("stop_reason", StopReason)),
        JsonPath.Raw("usage", Usage),
        ErrorPlaces.Place());

    private bool _isEventStream;
    private bool _isStop;
    private bool _isStart;

    public override JsonPath Root => _isEventStream ? EventTree : PlainTree;

    private static JsonPath[] MessagePlaces(int usage) =>
    [
        JsonPath.Value("id", Id),
        JsonPath.Value("model", Model),
        JsonPath.Value("stop_reason", StopReason),
        JsonPath.Raw("usage", usage),
    ];

    public override void OnFraming(bool isEventStream) => _isEventStream = isEventStream;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
        {
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
            return;
        }

        if (kind != JsonScalar.Text)
            return;

        switch (slot)
        {
            case Type when _isEventStream:
                OnEventType(token);
                break;
            case Id:
                Facts.ResponseId.Stage(token);
                break;
            case Model:
                Facts.Model.Stage(token);
                break;
            case StopReason:
                Facts.FinishReasons.Stage(0, token);
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    public override void OnRaw(int slot, ReadOnlySpan<byte> json)
    {
        _isStart = slot == StartUsage;
        Facts.Usage.Stage(json, merge: true);
    }

    private void OnEventType(ReadOnlySpan<byte> type)
    {
        _isStop = type.SequenceEqual("message_stop"u8);
        IsIrrelevant = !_isStop
            && !type.SequenceEqual("message_start"u8)
            && !type.SequenceEqual("message_delta"u8)
            && !type.SequenceEqual("error"u8);
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into) => AnthropicUsage.Read(usage, into);

    protected override DocumentMeaning Commit()
    {
        var isStop = _isStop;
        if (Facts.Usage.IsStaged)
            Facts.IsStartUsage = _isStart;

        Facts.CommitStaged();
        if (isStop)
            Facts.IsComplete = true;

        // An error event ends the stream as message_stop does: nothing comes after it.
        return isStop || (_isEventStream && Facts.Error.IsSeen) ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    protected override void Forget() => _isStop = false;
}
