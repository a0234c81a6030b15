using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>
/// Finds out which records a failed transaction was refused for, by running it again with delivery reports. The usual path
/// has none, so that it leaves no garbage per record.
/// </summary>
/// <remarks>
/// The broker answers for a whole batch of records: one that is too large takes its neighbours with it. So those reported are
/// only suspects, and a second run sends each of them alone. Either run may also simply commit.
/// </remarks>
internal sealed class RefusalSearch(KafkaWriter writer)
{
    public TransactionResult Run(LogTransaction transaction, TopicPartition[] places, TransactionResult first)
    {
        var together = new TransactionReports([]);
        var ended = writer.Attempt(transaction, places, together);
        var suspects = together.Refused();
        if (!ended.MustSearch || suspects.Count == 0) return ended.Result;
        if (suspects.Count == 1) return Refused(suspects, first);

        var alone = new TransactionReports([.. suspects]);
        ended = writer.Attempt(transaction, places, alone);
        var refused = alone.Refused();
        return ended.MustSearch && refused.Count > 0 ? Refused(refused, first) : ended.Result;
    }

    private static TransactionResult Refused(IReadOnlyList<int> indexes, TransactionResult first) =>
        new(TransactionOutcome.Refused, indexes, first.Reason);
}

/// <summary>Delivery reports of one transaction; they come on the client's own thread.</summary>
internal sealed class TransactionReports(HashSet<int> suspects)
{
    /// <summary>No reports at all.</summary>
    public static readonly TransactionReports None = new([]) { AreWanted = false };

    private readonly SortedSet<int> _refused = [];
    private readonly Lock _gate = new();
    private volatile bool _hasFailed;

    public bool AreWanted { get; private init; } = true;

    /// <summary>A record was not written: the transaction cannot commit any more.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>To be sent in a request of its own, so that its report is about nothing else.</summary>
    public bool IsSuspect(int index) => suspects.Contains(index);

    public Action<DeliveryReport<byte[], byte[]>>? HandlerOf(int index) => AreWanted ? report => Take(index, report.Error) : null;

    /// <summary>Indexes of the records reported as refused, ascending.</summary>
    public IReadOnlyList<int> Refused()
    {
        lock (_gate) return [.. _refused];
    }

    private void Take(int index, Error error)
    {
        if (!error.IsError) return;
        _hasFailed = true;
        // Whatever else was in flight is purged with the transaction; that says nothing about the record.
        if (!TransactionErrors.IsRefusal(error.Code)) return;
        lock (_gate) _refused.Add(index);
    }
}
