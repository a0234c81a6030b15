using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Gemini interactions, plain and streamed: the last event has the whole interaction with its usage. An agent runs in the background
/// only, so what names an agent is a background call.
/// </summary>
internal sealed class GoogleInteractionsReader : ReplyReader
{
    private const int Id = 0, Model = 1, Status = 2, Tier = 3, Usage = 4, Agent = 5, EventType = 6;

    private static readonly JsonPath PlainTree = JsonPath.Root(InteractionPlaces());

    private static readonly JsonPath EventTree = JsonPath.Root(
        JsonPath.Value("event_type", EventType),
        JsonPath.Object("interaction", -1, InteractionPlaces()),
        ErrorPlaces.Place());

    private bool _isStream;
    private bool _isAgent;
    private bool _isLast;

    public override JsonPath Root => _isStream ? EventTree : PlainTree;

    private static JsonPath[] InteractionPlaces() =>
    [
        JsonPath.Value("id", Id),
        JsonPath.Value("model", Model),
        JsonPath.Value("agent", Agent),
        JsonPath.Value("status", Status),
        JsonPath.Value("service_tier", Tier),
        JsonPath.Raw("usage", Usage),
        ErrorPlaces.Place(),
    ];

    public override void OnFraming(bool isEventStream) => _isStream = isEventStream;

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
            case Id:
                Facts.ResponseId.Stage(token);
                break;
            case Model:
                Facts.Model.Stage(token);
                break;
            case Agent:
                _isAgent = true;
                break;
            case Status:
                Facts.FinishReasons.Stage(0, token);
                break;
            case Tier:
                Facts.ServiceTier.Stage(token);
                break;

            // Both names have been in use.
            case EventType:
                _isLast = token.SequenceEqual("interaction.completed"u8) || token.SequenceEqual("interaction.complete"u8);
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => GoogleUsage.ReadInteraction(usage, into);

    protected override DocumentMeaning Commit()
    {
        var isLast = _isLast;
        Facts.IsBackground |= _isAgent;
        Facts.CommitStaged();
        Facts.IsComplete |= isLast;
        return isLast || (_isStream && Facts.Error.IsSeen) ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    protected override void Reset() => _isStream = false;

    protected override void Forget()
    {
        _isAgent = false;
        _isLast = false;
    }
}
