namespace Pipeline.EsSink.Indexing;

/// <summary>What the shell is to perform: make an index, or send documents. Exactly one of the two is set.</summary>
internal readonly record struct StoreRequest(string? CreateIndex, BulkRequest? Bulk);

/// <summary>What became of items since the shell last took the counts.</summary>
internal sealed class IndexingCounts
{
    private readonly int[] _outcomes = new int[Enum.GetValues<ItemOutcome>().Length];

    /// <summary>Items to be sent again.</summary>
    public int Retried { get; set; }

    public void Add(ItemOutcome outcome) => _outcomes[(int)outcome]++;

    /// <summary>Gives the count and begins anew.</summary>
    public int Take(ItemOutcome outcome)
    {
        var count = _outcomes[(int)outcome];
        _outcomes[(int)outcome] = 0;
        return count;
    }

    public int TakeRetried()
    {
        var count = Retried;
        Retried = 0;
        return count;
    }
}
