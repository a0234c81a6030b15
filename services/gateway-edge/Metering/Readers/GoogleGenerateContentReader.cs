using System.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Gemini generateContent and streamGenerateContent; every chunk has the shape of the plain body, its usageMetadata a snapshot
/// that replaces the one before. There is no terminal marker: a finish or block reason says that the reply is whole.
/// </summary>
internal sealed class GoogleGenerateContentReader : ReplyReader
{
    private const int Candidate = 0, CandidateIndex = 1, FinishReason = 2, BlockReason = 3, Query = 4;

    /// <summary>The tool's name in Google's API; how its use is paid depends on the model: by query or by prompt.</summary>
    private const string GoogleSearch = "google_search";

    /// <summary>Different queries that are told apart in one reply.</summary>
    private const int MaxQueries = 64;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Array(
            "candidates",
            -1,
            Candidate,
            JsonPath.Value("index", CandidateIndex),
            JsonPath.Value("finishReason", FinishReason),
            JsonPath.Object("groundingMetadata", -1, JsonPath.Array("webSearchQueries", -1, Query))),
        JsonPath.Raw("usageMetadata", FactPlaces.Usage),
        JsonPath.Value("modelVersion", FactPlaces.Model),
        JsonPath.Value("responseId", FactPlaces.Id),
        JsonPath.Object("promptFeedback", -1, JsonPath.Value("blockReason", BlockReason)),
        ErrorPlaces.Place());

    private readonly ChoiceReasons _reasons = new();
    private readonly ulong[] _queries = new ulong[MaxQueries];
    private int _queryCount;

    public override JsonPath Root => Tree;

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        if (slot == Query && !text.IsEmpty)
            OnQuery(text);
        else
            OnReason(slot, text);
    }

    /// <summary>Clients with enum-encoding=int get numbers for reasons.</summary>
    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
        if (slot == CandidateIndex)
            _reasons.OnIndex(literal);
        else
            OnReason(slot, literal);
    }

    private void OnReason(int slot, ReadOnlySpan<byte> reason)
    {
        if (slot == FinishReason)
            _reasons.OnReason(reason);
        else if (slot == BlockReason)
            Facts.FinishReasons.Stage(0, "block:" + Encoding.UTF8.GetString(reason));
    }

    public override void OnEnter(int slot, bool isArray)
    {
        if (slot == Candidate)
            _reasons.OnEnter();
        else
            base.OnEnter(slot, isArray);
    }

    public override void OnLeave(int slot, bool isArray, int count)
    {
        if (slot == Candidate)
            _reasons.OnLeave(Facts.FinishReasons);
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

        var meaning = base.Commit();
        Facts.IsComplete = Facts.FinishReasons.HasAny;
        return meaning;
    }

    protected override void Forget()
    {
        _queryCount = 0;
        _reasons.Clear();
    }
}
