using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// OpenAI's images, transcripts and speech, and Mistral's pages. A plain body is one object; streamed, the numbers stand in the events that
/// end one result: <c>transcript.text.done</c> (Mistral: <c>transcription.done</c>), <c>speech.audio.done</c>,
/// <c>image_generation.completed</c>, <c>image_edit.completed</c>.
/// </summary>
internal sealed class OpenAIMediaReader : ReplyReader
{
    private const int Type = 0, Data = 1;

    private const string Images = "images";

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("type", Type),
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Value("finish_reason", FactPlaces.FinishReason),
        JsonPath.Raw("usage", FactPlaces.Usage),
        JsonPath.Raw("usage_info", FactPlaces.Usage),
        JsonPath.Array("data", Data, itemSlot: -1),
        ErrorPlaces.Place());

    private bool _isImage;
    private int _images;

    public override JsonPath Root => Tree;

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        if (slot != Type || !IsStream)
            return;

        // There may be several images: only the end of the body says that there are no more.
        IsLast = text.SequenceEqual("transcript.text.done"u8) || text.SequenceEqual("transcription.done"u8) || text.SequenceEqual("speech.audio.done"u8);
        _isImage = text.SequenceEqual("image_generation.completed"u8) || text.SequenceEqual("image_edit.completed"u8);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot == Data && isArray)
            _images = count;
    }

    public override bool OnDone() => Facts.IsComplete = true;

    public override void ReadUsage(JsonElement usage, UsageFigures into) => OpenAIUsage.Read(usage, Family.Dialect, into);

    protected override DocumentMeaning Commit()
    {
        if (_isImage)
            _images = 1 + (int)(Facts.Quantities?.GetValueOrDefault(Images) ?? 0);
        if (_images > 0)
            (Facts.Quantities ??= [])[Images] = _images;

        Facts.IsComplete |= _isImage;
        return base.Commit();
    }

    protected override void Forget()
    {
        _isImage = false;
        _images = 0;
    }
}
