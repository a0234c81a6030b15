using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Cohere v1 and v2: chat, generate, embed, rerank. Usage is <c>usage</c> in v2 chat, <c>meta</c> elsewhere; streamed, it is in the last
/// event: <c>message-end</c> of v2's server-sent events, <c>stream-end</c> of v1's lines. Replies name no model.
/// </summary>
internal sealed class CohereReader : ReplyReader
{
    private const int Id = 0, Type = 1, FinishReason = 2, Usage = 3, Generation = 4, GenerationReason = 5, StreamError = 6, IsFinished = 7;

    private static readonly JsonPath Tree = JsonPath.Root(
    [
        .. ReplyPlaces(),
        JsonPath.Value("type", Type),
        JsonPath.Value("event_type", Type),
        JsonPath.Value("is_finished", IsFinished),
        JsonPath.Object("delta", -1, JsonPath.Value("finish_reason", FinishReason), JsonPath.Raw("usage", Usage), JsonPath.Value("error", StreamError)),
        JsonPath.Object("response", -1, ReplyPlaces()),
        ErrorPlaces.Place(),
    ]);

    private readonly TextFact _reason = new();
    private int _generationsSeen;
    private bool _isLast;

    public override JsonPath Root => Tree;

    private static JsonPath[] ReplyPlaces() =>
    [
        JsonPath.Value("id", Id),
        JsonPath.Value("response_id", Id),
        JsonPath.Value("finish_reason", FinishReason),
        JsonPath.Raw("usage", Usage),
        JsonPath.Raw("meta", Usage),
        JsonPath.Array("generations", -1, Generation, JsonPath.Value("finish_reason", GenerationReason)),
    ];

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
        else if (slot == IsFinished)
            _isLast |= token.SequenceEqual("true"u8);
        else if (kind == JsonScalar.Text)
            OnText(slot, token);
    }

    private void OnText(int slot, ReadOnlySpan<byte> text)
    {
        switch (slot)
        {
            case Id:
                Facts.ResponseId.Stage(text);
                break;
            case Type:
                _isLast |= text.SequenceEqual("message-end"u8) || text.SequenceEqual("stream-end"u8);
                break;
            case FinishReason:
                Facts.FinishReasons.Stage(0, text);
                break;
            case GenerationReason:
                _reason.Stage(text);
                break;
            case StreamError:
                Facts.Error.Stage();
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot != Generation)
            return;

        if (!_reason.Current.IsEmpty)
            Facts.FinishReasons.Stage(_generationsSeen, _reason.Current);
        _generationsSeen++;
        _reason.Discard();
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => CohereUsage.Read(usage, into);

    protected override DocumentMeaning Commit()
    {
        var isLast = _isLast;
        Facts.CommitStaged();
        Facts.IsComplete |= isLast;
        return isLast ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
        _generationsSeen = 0;
        _isLast = false;
        _reason.Discard();
    }
}
