using System.Buffers;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Bedrock InvokeModel, plain and streamed: the document is the model vendor's own (Claude, Titan, Llama, Nova, Cohere, Mistral, AI21,
/// OpenAI-style), so the places of all of them are wanted; they do not clash. Counts may stand in the vendor's usage, at the top
/// level, in headers only, or in the stream's metrics, which the last document has beside the vendor's members.
/// </summary>
internal sealed class BedrockInvokeReader : ReplyReader
{
    private const int Id = 0, Model = 1, Type = 2, Usage = 3, StopReason = 4, Choice = 5, ChoiceIndex = 6, ChoiceReason = 7, GenerationReason = 8,
        ResultTokens = 9, InputText = 10, OutputText = 11, PromptCount = 12, GenerationCount = 13, Metrics = 14, MetricsInput = 15,
        MetricsOutput = 16, MetricsCacheRead = 17, MetricsCacheWrite = 18, StartUsage = 19;

    private static readonly JsonPath Tree = JsonPath.Root(
    [
        .. MessagePlaces(Usage),
        .. TextPlaces(),
        .. ChoicePlaces(),
        JsonPath.Value("type", Type),
        JsonPath.Object("message", -1, MessagePlaces(StartUsage)),
        JsonPath.Object("delta", -1, JsonPath.Value("stop_reason", StopReason)),
        JsonPath.Object("messageStop", -1, JsonPath.Value("stopReason", StopReason)),
        JsonPath.Object("metadata", -1, JsonPath.Raw("usage", Usage)),
        JsonPath.Object(
            BedrockInvokeUsage.Metrics,
            Metrics,
            JsonPath.Value("inputTokenCount", MetricsInput),
            JsonPath.Value("outputTokenCount", MetricsOutput),
            JsonPath.Value("cacheReadInputTokenCount", MetricsCacheRead),
            JsonPath.Value("cacheWriteInputTokenCount", MetricsCacheWrite)),
        ErrorPlaces.Place(),
    ]);

    private readonly TextFact _reason = new();
    private readonly long?[] _staged = new long?[MetricsCacheWrite + 1];
    private readonly long?[] _kept = new long?[MetricsCacheWrite + 1];
    private int _choicesSeen;
    private int _choiceIndex;
    private bool _isStream;
    private bool _isLast;
    private bool _isStart;

    public override JsonPath Root => Tree;

    /// <summary>Claude, plain or in message_start; Nova; Titan and Llama.</summary>
    private static JsonPath[] MessagePlaces(int usage) =>
    [
        JsonPath.Value("id", Id),
        JsonPath.Value("model", Model),
        JsonPath.Value("stop_reason", StopReason),
        JsonPath.Raw("usage", usage),
    ];

    private static JsonPath[] TextPlaces() =>
    [
        JsonPath.Value("stopReason", StopReason),
        JsonPath.Value("completionReason", StopReason),
        JsonPath.Value("finish_reason", GenerationReason),
        JsonPath.Value("inputTextTokenCount", InputText),
        JsonPath.Value("totalOutputTextTokenCount", OutputText),
        JsonPath.Value("prompt_token_count", PromptCount),
        JsonPath.Value("generation_token_count", GenerationCount),
    ];

    /// <summary>OpenAI-style, Cohere's, Mistral's, Titan's and AI21's lists of what was written.</summary>
    private static JsonPath[] ChoicePlaces() =>
    [
        JsonPath.Array("choices", -1, Choice, JsonPath.Value("index", ChoiceIndex), JsonPath.Value("finish_reason", ChoiceReason), JsonPath.Value("stop_reason", ChoiceReason)),
        JsonPath.Array("generations", -1, Choice, JsonPath.Value("finish_reason", ChoiceReason)),
        JsonPath.Array("outputs", -1, Choice, JsonPath.Value("stop_reason", ChoiceReason)),
        JsonPath.Array("results", -1, Choice, JsonPath.Value("completionReason", ChoiceReason), JsonPath.Value("tokenCount", ResultTokens)),
        JsonPath.Array("completions", -1, Choice, JsonPath.Object("finishReason", -1, JsonPath.Value("reason", ChoiceReason))),
    ];

    public override void OnFraming(bool isEventStream) => _isStream = isEventStream;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
        else if (kind == JsonScalar.Text)
            OnText(slot, token);
        else if (kind == JsonScalar.Literal)
            OnNumber(slot, token);
    }

    private void OnText(int slot, ReadOnlySpan<byte> text)
    {
        switch (slot)
        {
            case Id:
                Facts.ResponseId.Stage(text);
                break;

            // Containers of the caller's own name the folder that they loaded.
            case Model when text[..Math.Min(1, text.Length)] is not [(byte)'/']:
                Facts.Model.Stage(text);
                break;
            case Type:
                _isLast |= text.SequenceEqual("message_stop"u8);
                break;
            case StopReason:
                Facts.FinishReasons.Stage(0, text);
                break;

            // In Cohere's streams it ends all generations at once: it is no choice's own.
            case GenerationReason when !_isStream:
                Facts.FinishReasons.Stage(0, text);
                break;
            case ChoiceReason:
                _reason.Stage(text);
                break;
        }
    }

    private void OnNumber(int slot, ReadOnlySpan<byte> literal)
    {
        var isCount = TokenCount.TryParse(literal, out var count);
        switch (slot)
        {
            case ChoiceIndex when isCount:
                _choiceIndex = (int)Math.Min(count, FinishReasons.MaxChoices);
                break;

            case ResultTokens when isCount && _staged[slot] is not < 0:
                _staged[slot] = Math.Min((_staged[slot] ?? 0) + count, TokenCount.Max);
                break;

            case >= ResultTokens and <= MetricsCacheWrite:
                _staged[slot] = isCount ? count : BedrockInvokeUsage.NoCount;
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray)
    {
        if (slot == Choice)
            _choiceIndex = _choicesSeen;
        else if (slot == Metrics)
            _isLast = true;
        else
            ErrorPlaces.OnEnter(Facts.Error, slot);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot != Choice)
            return;

        _choicesSeen++;
        if (!_reason.Current.IsEmpty)
            Facts.FinishReasons.Stage(_choiceIndex, _reason.Current);
        _reason.Discard();
    }

    // Claude spreads its usage over two events; the others replace theirs, which merging does as well.
    public override void OnRaw(int slot, ReadOnlySpan<byte> json)
    {
        _isStart = slot == StartUsage;
        Facts.Usage.Stage(json, merge: true);
    }

    /// <summary>Puts what is counted outside of the vendor's usage beside it, under its own names.</summary>
    public override void Conclude()
    {
        if (!Facts.Headers.HasCounts && _kept.All(count => count is null))
            return;

        var composed = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(composed))
        {
            writer.WriteStartObject();
            BedrockInvokeUsage.Write(writer, "inputTextTokenCount", _kept[InputText]);
            BedrockInvokeUsage.Write(writer, "totalOutputTextTokenCount", _kept[OutputText] ?? _kept[ResultTokens]);
            BedrockInvokeUsage.Write(writer, "prompt_token_count", _kept[PromptCount]);
            BedrockInvokeUsage.Write(writer, "generation_token_count", _kept[GenerationCount]);
            BedrockInvokeUsage.Write(writer, Facts.Headers);
            BedrockInvokeUsage.WriteMetrics(writer, _kept[MetricsInput], _kept[MetricsOutput], _kept[MetricsCacheRead], _kept[MetricsCacheWrite]);
            writer.WriteEndObject();
        }

        Facts.Usage.Stage(composed.WrittenSpan, merge: true);
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into) => BedrockInvokeUsage.Read(usage, into);

    protected override DocumentMeaning Commit()
    {
        var isLast = _isLast && _isStream;
        if (Facts.Usage.IsStaged)
            Facts.IsStartUsage = _isStart;

        for (var slot = 0; slot < _kept.Length; slot++)
            _kept[slot] = _staged[slot] ?? _kept[slot];

        Facts.CommitStaged();
        Facts.IsComplete |= isLast;

        // An error event ends the stream as the last one does: nothing comes after it.
        return isLast || (_isStream && Facts.Error.IsSeen) ? DocumentMeaning.Completes : DocumentMeaning.Continues;
    }

    protected override void Reset()
    {
        _isStream = false;
        Array.Clear(_kept);
    }

    protected override void Forget()
    {
        Array.Clear(_staged);
        _choicesSeen = 0;
        _choiceIndex = 0;
        _isLast = false;
        _reason.Discard();
    }
}
