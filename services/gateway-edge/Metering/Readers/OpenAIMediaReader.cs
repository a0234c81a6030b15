using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// OpenAI's images, transcripts and speech. A plain body is one object; streamed, the numbers stand in the events that end one result:
/// <c>transcript.text.done</c>, <c>speech.audio.done</c>, <c>image_generation.completed</c>, <c>image_edit.completed</c>.
/// </summary>
internal sealed class OpenAIMediaReader : ReplyReader
{
    private const int Type = 0, Model = 1, Usage = 2, Data = 3, FinishReason = 4;

    private const string Images = "images";

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("type", Type),
        JsonPath.Value("model", Model),
        JsonPath.Value("finish_reason", FinishReason),
        JsonPath.Raw("usage", Usage),
        JsonPath.Array("data", Data, itemSlot: -1),
        ErrorPlaces.Place());

    private bool _isEventStream;
    private bool _isImage;
    private bool _endsResult;
    private bool _endsReply;
    private int _images;

    public override JsonPath Root => Tree;

    public override void OnFraming(bool isEventStream) => _isEventStream = isEventStream;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
        else if (kind == JsonScalar.Text)
            OnText(slot, token);
    }

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot == Data && isArray)
            _images = count;
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    public override bool OnDone() => Facts.IsComplete = true;

    public override void ReadUsage(JsonElement usage, UsageFigures into) => OpenAIUsage.Read(usage, Family.Dialect, into);

    protected override DocumentMeaning Commit()
    {
        if (_isImage && _endsResult)
            _images = 1 + (int)(Facts.Quantities?.GetValueOrDefault(Images) ?? 0);
        if (_images > 0)
            (Facts.Quantities ??= [])[Images] = _images;

        Facts.IsComplete |= _endsResult;
        Facts.CommitStaged();

        // There may be several images: only the end of the body says that there are no more.
        return _endsReply ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
        _isImage = false;
        _endsResult = false;
        _endsReply = false;
        _images = 0;
    }

    private void OnText(int slot, ReadOnlySpan<byte> token)
    {
        switch (slot)
        {
            case Type when _isEventStream:
                _isImage = token.SequenceEqual("image_generation.completed"u8) || token.SequenceEqual("image_edit.completed"u8);
                _endsReply = token.SequenceEqual("transcript.text.done"u8) || token.SequenceEqual("speech.audio.done"u8);
                _endsResult = _isImage || _endsReply;
                break;
            case Model:
                Facts.Model.Stage(token);
                break;
            case FinishReason:
                Facts.FinishReasons.Stage(0, token);
                break;
        }
    }
}
