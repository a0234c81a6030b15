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
    private const int Model = 0, Type = 1, StartUsage = 2, Choice = 3, ChoiceIndex = 4, ChoiceReason = 5, GenerationReason = 6, Metrics = 7,
        ResultTokens = 8, InputText = 9, OutputText = 10, PromptCount = 11, GenerationCount = 12, MetricsInput = 13, MetricsOutput = 14,
        MetricsCacheRead = 15, MetricsCacheWrite = 16;

    private static readonly JsonPath Tree = JsonPath.Root(
    [
        .. MessagePlaces(FactPlaces.Usage),
        .. TextPlaces(),
        .. ChoicePlaces(),
        JsonPath.Value("type", Type),
        JsonPath.Object("message", -1, MessagePlaces(StartUsage)),
        JsonPath.Object("delta", -1, JsonPath.Value("stop_reason", FactPlaces.FinishReason)),
        JsonPath.Object("messageStop", -1, JsonPath.Value("stopReason", FactPlaces.FinishReason)),
        JsonPath.Object("metadata", -1, JsonPath.Raw("usage", FactPlaces.Usage)),
        JsonPath.Object(
            BedrockInvokeUsage.Metrics,
            Metrics,
            JsonPath.Value("inputTokenCount", MetricsInput),
            JsonPath.Value("outputTokenCount", MetricsOutput),
            JsonPath.Value("cacheReadInputTokenCount", MetricsCacheRead),
            JsonPath.Value("cacheWriteInputTokenCount", MetricsCacheWrite)),
        ErrorPlaces.Place(),
    ]);

    private readonly ChoiceReasons _reasons = new();
    private readonly long?[] _staged = new long?[MetricsCacheWrite + 1];
    private readonly long?[] _kept = new long?[MetricsCacheWrite + 1];

    public override JsonPath Root => Tree;

    /// <summary>Claude, plain or in message_start; Nova; Titan and Llama.</summary>
    private static JsonPath[] MessagePlaces(int usage) =>
    [
        JsonPath.Value("id", FactPlaces.Id),
        JsonPath.Value("model", Model),
        JsonPath.Value("stop_reason", FactPlaces.FinishReason),
        JsonPath.Raw("usage", usage),
    ];

    private static JsonPath[] TextPlaces() =>
    [
        JsonPath.Value("stopReason", FactPlaces.FinishReason),
        JsonPath.Value("completionReason", FactPlaces.FinishReason),
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

    /// <summary>An error event ends the stream as the last one does.</summary>
    protected override bool EndsWithError => true;

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        switch (slot)
        {
            // Containers of the caller's own name the folder that they loaded.
            case Model when text[..Math.Min(1, text.Length)] is not [(byte)'/']:
                Facts.Model.Stage(text);
                break;
            case Type:
                IsLast |= IsStream && text.SequenceEqual("message_stop"u8);
                break;

            // In Cohere's streams it ends all generations at once: it is no choice's own.
            case GenerationReason when !IsStream:
                Facts.FinishReasons.Stage(0, text);
                break;
            case ChoiceReason:
                _reasons.OnReason(text);
                break;
        }
    }

    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
        var isCount = TokenCount.TryParse(literal, out var count);
        switch (slot)
        {
            case ChoiceIndex:
                _reasons.OnIndex(literal);
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
            _reasons.OnEnter();
        else if (slot == Metrics)
            IsLast = IsStream;
        else
            base.OnEnter(slot, isArray);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot == Choice)
            _reasons.OnLeave(Facts.FinishReasons);
    }

    // Claude spreads its usage over two events; the others replace theirs, which merging does as well.
    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json, merge: true, isOfStart: slot == StartUsage);

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
        for (var slot = 0; slot < _kept.Length; slot++)
            _kept[slot] = _staged[slot] ?? _kept[slot];

        return base.Commit();
    }

    protected override void Reset() => Array.Clear(_kept);

    protected override void Forget()
    {
        Array.Clear(_staged);
        _reasons.Clear();
    }
}
