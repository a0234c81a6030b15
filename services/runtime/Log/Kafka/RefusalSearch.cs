using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>
/// Finds out which records a failed transaction was refused for, by running it again with delivery reports. The usual path
/// has none, so that it leaves no garbage per record.
/// </summary>
/// <remarks>
/// The broker answers for a whole batch of records of a partition: one that is too large takes its neighbours with it. So from
/// the second run on, the records of a partition with a refusal are sent one by one, and only what is refused alone is refused
/// for itself. Any run may also simply commit.
/// </remarks>
internal sealed class RefusalSearch(KafkaWriter writer)
{
    public TransactionResult Run(LogTransaction transaction, TopicPartition[] places)
    {
        var oneByOne = new HashSet<TopicPartition>();
        var repeats = 0;
        while (true)
        {
            var reports = new TransactionReports(places, oneByOne);
            var (result, sequel) = writer.Attempt(transaction, places, reports);
            var refused = reports.Refused();
            if (sequel == TransactionSequel.Repeat && refused.Count == 0 && ++repeats < KafkaBounds.MaxSequenceTries) continue;
            if (result.Outcome != TransactionOutcome.Aborted || refused.Count == 0) return result;

            var alone = refused.Where(reports.IsAlone).ToArray();
            if (alone.Length > 0) return new TransactionResult(TransactionOutcome.Refused, alone, result.Reason);

            // Each run ends here with at least one partition more, so there are no more runs than partitions.
            foreach (var index in refused) oneByOne.Add(places[index]);
        }
    }
}

/// <summary>Delivery reports of one transaction; they come on the client's own thread.</summary>
internal sealed class TransactionReports(TopicPartition[] places, HashSet<TopicPartition> oneByOne)
{
    /// <summary>No reports at all.</summary>
    public static readonly TransactionReports None = new([], []) { AreWanted = false };

    private readonly SortedSet<int> _refused = [];
    private readonly Lock _gate = new();
    private volatile bool _hasFailed;

    public bool AreWanted { get; private init; } = true;

    /// <summary>A record was not written: the transaction cannot commit any more.</summary>
    public bool HasFailed => _hasFailed;

    /// <summary>To be sent in a request of its own, so that its report is about nothing else.</summary>
    public bool IsAlone(int index) => oneByOne.Count > 0 && oneByOne.Contains(places[index]);

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
