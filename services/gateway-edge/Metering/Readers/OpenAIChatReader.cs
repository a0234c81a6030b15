using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// OpenAI chat completions and its compatibles, plain and streamed: both have the same members. Usage is wherever the last
/// non-null one stands: an extra chunk with empty choices (OpenAI), the last chunk with a choice (DeepSeek, Together), every chunk
/// (Perplexity), or <c>x_groq.usage</c>.
/// </summary>
internal sealed class OpenAIChatReader : ReplyReader
{
    private const int Choices = 0, Choice = 1, ChoiceIndex = 2, FinishReason = 3, GroqUsage = 4;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("id", FactPlaces.Id),
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Value("service_tier", FactPlaces.Tier),
        JsonPath.Array("choices", Choices, Choice, JsonPath.Value("index", ChoiceIndex), JsonPath.Value("finish_reason", FinishReason)),
        JsonPath.Raw("usage", FactPlaces.Usage),
        JsonPath.Object("x_groq", -1, JsonPath.Raw("usage", GroqUsage)),
        ErrorPlaces.Place());

    private readonly ChoiceReasons _reasons = new();
    private bool _hasEmptyChoices;
    private bool _hasUsage;

    public override JsonPath Root => Tree;

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        if (slot == FinishReason)
            _reasons.OnReason(text);
    }

    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
        if (slot == ChoiceIndex)
            _reasons.OnIndex(literal);
    }

    public override void OnEnter(int slot, bool isArray)
    {
        if (slot == Choice)
            _reasons.OnEnter();
        else
            base.OnEnter(slot, isArray);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot == Choice)
            _reasons.OnLeave(Facts.FinishReasons);
        else if (slot == Choices && isArray)
            _hasEmptyChoices = count == 0;
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json)
    {
        if (slot == GroqUsage && _hasUsage)
            return;

        _hasUsage |= slot == FactPlaces.Usage;
        Facts.Usage.Stage(json);
    }

    public override bool OnDone() => Facts.IsComplete = true;

    /// <summary>Perplexity ends with a reason and the usage, and closes the body without the mark.</summary>
    public override bool HasEnded(ReplyFacts facts, bool isStream, bool transportComplete) =>
        base.HasEnded(facts, isStream, transportComplete)
        || (Family.EndsWithoutMark && transportComplete && facts.FinishReasons.HasAny && facts.Usage.IsKnown && !facts.Error.IsSeen);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => OpenAIUsage.Read(usage, Family.Dialect, into);

    protected override DocumentMeaning Commit()
    {
        var meaning = base.Commit();
        return _hasEmptyChoices && _hasUsage ? DocumentMeaning.UsageOnly : meaning;
    }

    protected override void Forget()
    {
        _hasEmptyChoices = false;
        _hasUsage = false;
        _reasons.Clear();
    }
}
