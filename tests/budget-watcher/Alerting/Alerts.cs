using System.Text;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

/// <summary>Alerts as records, and the webhooks that take them.</summary>
internal sealed class Alerts : IDisposable
{
    public static readonly byte[] Secret = Encoding.ASCII.GetBytes("canary-secret-0123456789");

    /// <summary>Tests wait for retries in milliseconds.</summary>
    public static readonly AlertingOptions Quick = new()
    {
        MaxAttempts = 4, FirstRetryWait = TimeSpan.FromMilliseconds(1), MaxRetryWait = TimeSpan.FromMilliseconds(5), Timeout = TimeSpan.FromSeconds(20),
    };

    private readonly RecordWriter<BudgetAlert> _writer;
    private long _offset;

    public Alerts()
    {
        Assert.True(Catalog.Prepare(CancellationToken.None));
        _writer = new RecordWriter<BudgetAlert>(Catalog);
    }

    public SchemaCatalog Catalog { get; } = new(new FileSchemaRegistry(null), [SchemaSet.BudgetAlert]);

    public static BudgetSet Webhooks(params (string Name, Uri Url)[] webhooks) =>
        new([], webhooks.ToDictionary(static one => one.Name, static one => new Webhook(one.Name, one.Url, Secret)));

    public static BudgetAlert Of(params string[] webhooks) => new()
    {
        AlertId = Guid.CreateVersion7(),
        Kind = AlertKind.Fired,
        InstanceId = "0123456789abcdef0123456789abcdef",
        Budget = "team-month",
        Per = new Dictionary<string, string> { ["user"] = "canary-user", ["team"] = "search" },
        PeriodKind = PeriodKind.Month,
        TimeZone = "Europe/Berlin",
        PeriodStart = new DateTimeOffset(2026, 10, 31, 23, 0, 0, TimeSpan.Zero),
        PeriodEnd = new DateTimeOffset(2026, 11, 30, 23, 0, 0, TimeSpan.Zero),
        Unit = BudgetUnit.Usd,
        Limit = 500m,
        ThresholdPercent = 80,
        CrossingOrdinal = 1,
        Spent = 400.123456789012m,
        Webhooks = webhooks,
        OccurredAt = new DateTimeOffset(2026, 11, 21, 7, 8, 9, 123, 456, TimeSpan.Zero),
    };

    public NewRecord Record(BudgetAlert alert) =>
        _writer.Record(Topics.BudgetAlerts, Encoding.UTF8.GetBytes(alert.AlertId.ToString()), alert);

    public RecordBatch Batch(params BudgetAlert[] alerts) => Batch([.. alerts.Select(alert => (ReadOnlyMemory<byte>)_writer.Write(alert))]);

    public RecordBatch Batch(params ReadOnlyMemory<byte>[] values)
    {
        var source = new TopicPartition(Topics.BudgetAlerts, 0);
        var records = values.Select(value => new LogRecord(source, _offset++, DateTimeOffset.UnixEpoch, default, value, [])).ToList();
        return new RecordBatch(records, new Dictionary<TopicPartition, long> { [source] = _offset }, null);
    }

    public void Dispose() => _writer.Dispose();
}
