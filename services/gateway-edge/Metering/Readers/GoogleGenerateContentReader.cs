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
        BlockReason = 7, Query = 8;

    /// <summary>The tool's name in Google's API; how its use is paid depends on the model: by query or by prompt.</summary>
    private const string GoogleSearch = "google_search";

    /// <summary>Different queries that are told apart in one reply.</summary>
    private const int MaxQueries = 64;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Array(
            "candidates",
            Candidates,
            Candidate,
            JsonPath.Value("index", CandidateIndex),
            JsonPath.Value("finishReason", FinishReason),
            JsonPath.Object("groundingMetadata", -1, JsonPath.Array("webSearchQueries", -1, Query))),
        JsonPath.Raw("usageMetadata", Usage),
        JsonPath.Value("modelVersion", ModelVersion),
        JsonPath.Value("responseId", ResponseId),
        JsonPath.Object("promptFeedback", -1, JsonPath.Value("blockReason", BlockReason)),
        ErrorPlaces.Place());

    private readonly TextFact _reason = new();
    private readonly ulong[] _queries = new ulong[MaxQueries];
    private int _queryCount;
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
            case Query when kind == JsonScalar.Text && !token.IsEmpty:
                OnQuery(token);
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

    /// <summary>Paid are different queries that are not empty.</summary>
    private void OnQuery(ReadOnlySpan<byte> query)
    {
        var hash = (ulong)query.Length << 32 | Crc32.Of(query);
        if (_queryCount < MaxQueries && !_queries.AsSpan(0, _queryCount).Contains(hash))
            _queries[_queryCount++] = hash;
    }

    public override void OnRaw(int slot, ReadOnlySpan<byte> json)
    {
        // A chunk that only tells the traffic type must not wipe out counts.
        if (!Facts.Usage.IsKnown || json.IndexOf("okenCount\""u8) >= 0)
            Facts.Usage.Stage(json);
    }

    public override bool IsWhole(ReplyFacts facts, bool isStream, bool transportComplete) =>
        transportComplete && (!isStream || facts.IsComplete);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => GoogleUsage.Read(usage, into);

    protected override DocumentMeaning Commit()
    {
        if (_queryCount > 0)
            Facts.ToolCalls = new Dictionary<string, long> { [GoogleSearch] = _queryCount };

        Facts.CommitStaged();
        Facts.IsComplete = Facts.FinishReasons.HasAny;
        return DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
        _queryCount = 0;
        _candidatesSeen = 0;
        _candidateIndex = 0;
        _reason.Discard();
    }
}
