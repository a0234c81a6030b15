using System.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Gemini generateContent and streamGenerateContent; every chunk has the shape of the plain body, its usageMetadata a snapshot
/// that replaces the one before. There is no terminal marker: a finish or block reason says that the reply is whole.
/// </summary>
internal sealed class GoogleGenerateContentReader : ReplyReader
{
    private const int Candidates = 0, Candidate = 1, CandidateIndex = 2, FinishReason = 3, Usage = 4, ModelVersion = 5, ResponseId = 6,
        BlockReason = 7;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Array(
            "candidates",
            Candidates,
            Candidate,
            JsonPath.Value("index", CandidateIndex),
            JsonPath.Value("finishReason", FinishReason)),
        JsonPath.Raw("usageMetadata", Usage),
        JsonPath.Value("modelVersion", ModelVersion),
        JsonPath.Value("responseId", ResponseId),
        JsonPath.Object("promptFeedback", -1, JsonPath.Value("blockReason", BlockReason)),
        ErrorPlaces.Place());

    private readonly TextFact _reason = new();
    private int _candidatesSeen;
    private int _candidateIndex;

    public override JsonPath Root => Tree;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (kind == JsonScalar.Null)
            return;

        switch (slot)
        {
            case CandidateIndex when TokenCount.TryParse(token, out var index):
                _candidateIndex = (int)Math.Min(index, FinishReasons.MaxChoices);
                break;

            // Clients with enum-encoding=int get numbers for reasons.
            case FinishReason:
                _reason.Stage(token);
                break;
            case BlockReason:
                Facts.FinishReasons.Stage(0, "block:" + Encoding.UTF8.GetString(token));
                break;
            case ModelVersion:
                Facts.Model.Stage(token);
                break;
            case ResponseId:
                Facts.ResponseId.Stage(token);
                break;
            case >= ErrorPlaces.FirstSlot:
                ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray)
    {
        if (slot == Candidate)
            _candidateIndex = _candidatesSeen;
        else
            ErrorPlaces.OnEnter(Facts.Error, slot);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot != Candidate)
            return;

        _candidatesSeen++;
        if (!_reason.Current.IsEmpty)
            Facts.FinishReasons.Stage(_candidateIndex, _reason.Current);
        _reason.Discard();
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json)
    {
        // A chunk that only tells the traffic type must not wipe out counts.
        if (json.IndexOf("okenCount\""u8) >= 0)
            Facts.Usage.Stage(json);
    }

    public override bool IsWhole(ReplyFacts facts, bool isStream, bool transportComplete) =>
        transportComplete && (!isStream || facts.IsComplete);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => GoogleUsage.Read(usage, into);

    protected override DocumentMeaning Commit()
    {
        Facts.CommitStaged();
        Facts.IsComplete = Facts.FinishReasons.HasAny;
        return DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
        _candidatesSeen = 0;
        _candidateIndex = 0;
        _reason.Discard();
    }
}
