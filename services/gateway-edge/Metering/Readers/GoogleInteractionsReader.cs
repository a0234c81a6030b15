using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Gemini interactions, plain and streamed: the last event has the whole interaction with its usage. An agent runs in the background
/// only, so what names an agent is a background call.
/// </summary>
internal sealed class GoogleInteractionsReader : ReplyReader
{
    private const int Agent = 0, EventType = 1;

    private static readonly JsonPath PlainTree = JsonPath.Root(InteractionPlaces());

    private static readonly JsonPath EventTree = JsonPath.Root(
        JsonPath.Value("event_type", EventType),
        JsonPath.Object("interaction", -1, InteractionPlaces()),
        ErrorPlaces.Place());

    private bool _isAgent;

    public override JsonPath Root => IsStream ? EventTree : PlainTree;

    protected override bool EndsWithError => true;

    private static JsonPath[] InteractionPlaces() =>
    [
        JsonPath.Value("id", FactPlaces.Id),
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Value("agent", Agent),
        JsonPath.Value("status", FactPlaces.FinishReason),
        JsonPath.Value("service_tier", FactPlaces.Tier),
        JsonPath.Raw("usage", FactPlaces.Usage),
        ErrorPlaces.Place(),
    ];

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        if (slot == Agent)
            _isAgent = true;
        else if (slot == EventType)
            IsLast = text.SequenceEqual("interaction.completed"u8) || text.SequenceEqual("interaction.complete"u8); // both have been in use
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into) => GoogleUsage.ReadInteraction(usage, into);

    protected override DocumentMeaning Commit()
    {
        Facts.IsBackground |= _isAgent;
        return base.Commit();
    }

    protected override void Forget() => _isAgent = false;
}
