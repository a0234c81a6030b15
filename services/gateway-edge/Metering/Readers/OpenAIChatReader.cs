using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// OpenAI chat completions and its compatibles, plain and streamed: both have the same members. Usage is wherever the last
/// non-null one stands: an extra chunk with empty choices (OpenAI), the last chunk with a choice (DeepSeek, Together), every chunk
/// (Perplexity), or <c>x_groq.usage</c>.
/// </summary>
internal sealed class OpenAIChatReader : ReplyReader
{
    private const int Id = 0, Model = 1, Tier = 2, Choices = 3, Choice = 4, ChoiceIndex = 5, FinishReason = 6, Usage = 7, GroqUsage = 8;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("id", Id),
        JsonPath.Value("model", Model),
        JsonPath.Value("service_tier", Tier),
        JsonPath.Array("choices", Choices, Choice, JsonPath.Value("index", ChoiceIndex), JsonPath.Value("finish_reason", FinishReason)),
        JsonPath.Raw("usage", Usage),
        JsonPath.Object("x_groq", -1, JsonPath.Raw("usage", GroqUsage)),
        ErrorPlaces.Place());

    private readonly TextFact _reason = new();
    private int _choicesSeen;
    private int _choiceIndex;
    private bool _hasEmptyChoices;
    private bool _hasUsage;

    public override JsonPath Root => Tree;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        switch (slot)
        {
            case Id when kind == JsonScalar.Text:
                Facts.ResponseId.Stage(token);
                break;
            case Model when kind == JsonScalar.Text:
                Facts.Model.Stage(token);
                break;
            case Tier when kind == JsonScalar.Text:
                Facts.ServiceTier.Stage(token);
                break;
            case ChoiceIndex when kind == JsonScalar.Literal && TokenCount.TryParse(token, out var index):
                _choiceIndex = (int)Math.Min(index, FinishReasons.MaxChoices);
                break;
            case FinishReason when kind == JsonScalar.Text:
                _reason.Stage(token);
                break;
            case >= ErrorPlaces.FirstSlot:
                ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray)
    {
        if (slot == Choice)
            _choiceIndex = _choicesSeen;
        else
            ErrorPlaces.OnEnter(Facts.Error, slot);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot == Choices && isArray)
            _hasEmptyChoices = count == 0;

        if (slot != Choice)
            return;

        _choicesSeen++;
        if (!_reason.Current.IsEmpty)
            Facts.FinishReasons.Stage(_choiceIndex, _reason.Current);
        _reason.Discard();
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json)
    {
        if (slot == GroqUsage && _hasUsage)
            return;

        _hasUsage |= slot == Usage;
        Facts.Usage.Stage(json);
    }

    public override bool OnDone() => Facts.IsComplete = true;

    public override void ReadUsage(JsonElement usage, UsageFigures into) => OpenAIUsage.Read(usage, Family.Dialect, into);

    protected override DocumentMeaning Commit()
    {
        var meaning = _hasEmptyChoices && _hasUsage ? DocumentMeaning.UsageOnly : DocumentMeaning.Continues;
        Facts.CommitStaged();
        return meaning;
    }

    protected override void Forget()
    {
        _choicesSeen = 0;
        _choiceIndex = 0;
        _hasEmptyChoices = false;
        _hasUsage = false;
        _reason.Discard();
    }
}
