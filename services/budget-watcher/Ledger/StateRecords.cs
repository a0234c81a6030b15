using System.Globalization;
using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Ledger;

/// <summary>Writes accounts and alerts as records. Not for use by two threads.</summary>
internal sealed class StateRecords(SchemaCatalog schemas) : IDisposable
{
    /// <summary>Largest decimal places of an alert's figures.</summary>
    private const int AlertScale = 12;

    private readonly RecordWriter<BudgetState> _states = new(schemas);
    private readonly RecordWriter<BudgetAlert> _alerts = new(schemas);

    /// <summary>The state topic has the spend topic's partitions, record for record: a partition's state is in the one of the same number.</summary>
    /// <param name="account">Null = a tombstone.</param>
    public NewRecord Of(PartitionBook book, in AccountKey key, PeriodAccount? account, int partitionCount)
    {
        var name = Encoding.UTF8.GetBytes(NameOf(key));
        return account is null
            ? new NewRecord(Topics.BudgetState, name, default, book.Partition)
            : _states.Record(Topics.BudgetState, name, account.ToRecord(partitionCount), book.Partition);
    }

    /// <summary>The partition's own record: its state includes all spend before this position.</summary>
    public NewRecord OfBook(TopicPartition source, PartitionBook book, long position, int partitionCount)
    {
        var record = new BudgetState
        {
            InstanceId = "",
            Budget = "",
            PeriodKind = PeriodKind.Unknown,
            TimeZone = "",
            PeriodStart = DateTimeOffset.UnixEpoch,
            PeriodEnd = DateTimeOffset.UnixEpoch,
            Unit = BudgetUnit.Unknown,
            Limit = 0,
            Spent = new Amounts { Usd = 0, Tokens = 0, Requests = 0, Kgco2e = 0 },
            Included = new RecordPosition { Topic = source.Topic, Partition = source.Partition, Offset = position - 1 },
            PartitionCount = partitionCount,
            StreamTime = book.StreamTime == default ? null : book.StreamTime,
        };
        return _states.Record(Topics.BudgetState, Encoding.UTF8.GetBytes($"position/{book.Partition}"), record, book.Partition);
    }

    public NewRecord Alert(PeriodAccount account, in ThresholdChange change, DateTimeOffset occurredAt)
    {
        var crossing = change.Crossing;
        var id = AlertIds.Of(account.Key, account.PeriodEnd, change.Kind, crossing);
        var alert = new BudgetAlert
        {
            AlertId = id,
            Kind = change.Kind,
            InstanceId = account.Key.InstanceId,
            Budget = account.BudgetId,
            Per = account.Per,
            PeriodKind = account.PeriodKind,
            TimeZone = account.TimeZone,
            PeriodStart = account.Key.PeriodStart,
            PeriodEnd = account.PeriodEnd,
            Unit = crossing.Unit,
            Limit = crossing.Limit,
            ThresholdPercent = crossing.ThresholdPercent,
            CrossingOrdinal = crossing.Ordinal,
            Spent = decimal.Round(account.SpentIn(crossing.Unit), AlertScale),
            Webhooks = account.Budget!.Webhooks,
            OccurredAt = occurredAt,
        };
        return _alerts.Record(Topics.BudgetAlerts, Encoding.ASCII.GetBytes(id.ToString("D")), alert);
    }

    /// <summary>`&lt;instance&gt;/2026-03-01T00:00Z`.</summary>
    public static string NameOf(in AccountKey key) => key.InstanceId + key.PeriodStart.UtcDateTime.ToString("'/'yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _states.Dispose();
        _alerts.Dispose();
    }
}
