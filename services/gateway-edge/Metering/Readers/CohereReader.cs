using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Cohere v1 and v2: chat, generate, embed, rerank. Usage is <c>usage</c> in v2 chat, <c>meta</c> elsewhere; streamed, it is in the last
/// event: <c>message-end</c> of v2's server-sent events, <c>stream-end</c> of v1's lines. Replies name no model.
/// </summary>
internal sealed class CohereReader : ReplyReader
{
    private const int Type = 0, IsFinished = 1, StreamError = 2, Generation = 3, GenerationReason = 4;

    private static readonly JsonPath Tree = JsonPath.Root(
    [
        .. ReplyPlaces(),
        JsonPath.Value("type", Type),
        JsonPath.Value("event_type", Type),
        JsonPath.Value("is_finished", IsFinished),
        JsonPath.Object("delta", -1, JsonPath.Value("finish_reason", FactPlaces.FinishReason), JsonPath.Raw("usage", FactPlaces.Usage), JsonPath.Value("error", StreamError)),
        JsonPath.Object("response", -1, ReplyPlaces()),
        ErrorPlaces.Place(),
    ]);

    private readonly ChoiceReasons _reasons = new();

    public override JsonPath Root => Tree;

    private static JsonPath[] ReplyPlaces() =>
    [
        JsonPath.Value("id", FactPlaces.Id),
        JsonPath.Value("response_id", FactPlaces.Id),
        JsonPath.Value("finish_reason", FactPlaces.FinishReason),
        JsonPath.Raw("usage", FactPlaces.Usage),
        JsonPath.Raw("meta", FactPlaces.Usage),
        JsonPath.Array("generations", -1, Generation, JsonPath.Value("finish_reason", GenerationReason)),
    ];

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        switch (slot)
        {
            case Type:
                IsLast |= text.SequenceEqual("message-end"u8) || text.SequenceEqual("stream-end"u8);
                break;
            case GenerationReason:
                _reasons.OnReason(text);
                break;
            case StreamError:
                Facts.Error.Stage();
                break;
        }
    }

    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal) => IsLast |= slot == IsFinished && literal.SequenceEqual("true"u8);

    public override void OnEnter(int slot, bool isArray)
    {
        if (slot == Generation)
            _reasons.OnEnter();
        else
            base.OnEnter(slot, isArray);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot == Generation)
            _reasons.OnLeave(Facts.FinishReasons);
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into) => CohereUsage.Read(usage, into);

    protected override void Forget() => _reasons.Clear();
}
