using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.BudgetWatcher.Routing;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Segments;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests;

/// <summary>Router and ledger in their loops on a log, driven by the test turn by turn, under the test's clock.</summary>
internal sealed class WatcherWorld : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 3, 10, 12, 0, 0, TimeSpan.Zero);

    private const int MaxEmptyReads = 30;
    private const int QuietTurns = 4;
    private const int MaxDrainMs = 60_000;

    private readonly List<IDisposable> _owned = [];
    private readonly RecordWriter<UsageAggregate> _aggregates;
    private readonly ILogWriter _writer;
    private LedgerTransform? _secondLedger;
    private TransformLoop? _second;

    private readonly TimeSpan _maxWait;

    /// <param name="log">Null = an embedded log on a simulated disk.</param>
    public WatcherWorld(int partitions = 3, ILog? log = null)
    {
        // What is on the embedded log is there at once.
        _maxWait = log is null ? TimeSpan.Zero : TimeSpan.FromMilliseconds(100);
        var engine = log ?? Embedded(Clock);
        Log = new FaultyLog(engine);
        // Alerts in one partition, so that their order can be seen.
        var specs = Topics.All(partitions).Select(static spec => spec.Name == Topics.BudgetAlerts ? spec with { Partitions = 1 } : spec);
        Assert.Empty(Log.Provision([.. specs]) ?? ["the log is away"]);
        Schemas = new SchemaCatalog(new FileSchemaRegistry(null), SchemaSet.All);
        Assert.True(Schemas.Prepare(default));
        _aggregates = new RecordWriter<UsageAggregate>(Schemas);
        _writer = engine.OpenWriter("enricher", out _)!;
    }

    public TestClock Clock { get; } = new() { Now = Start };

    public FaultyLog Log { get; }

    public SchemaCatalog Schemas { get; }

    public TransformLoop? RouterLoop { get; private set; }

    public TransformLoop? LedgerLoop { get; private set; }

    public LedgerTransform? Ledger { get; private set; }

    /// <summary>Ends the running watcher, as a stop does, and starts one with these budgets.</summary>
    public void Restart(params Budget[] budgets)
    {
        Stop();
        var set = new BudgetSet(budgets, new Dictionary<string, Webhook>());
        var router = new RouterTransform(Log, Schemas, set, new SpendMetrics());
        Ledger = new LedgerTransform(Log, Schemas, set);
        RouterLoop = LoopOf(router, new TransformOptions(RouterTransform.Stage, Groups.Router, [Topics.Aggregates], "router"));
        LedgerLoop = LoopOf(Ledger, new TransformOptions(LedgerTransform.Stage, Groups.Ledger, [Topics.BudgetSpend], "ledger"));
        _owned.AddRange([RouterLoop, LedgerLoop, router, Ledger]);
    }

    /// <summary>A second ledger beside the first, as another process would run it.</summary>
    public void AddLedger(string id, params Budget[] budgets)
    {
        _secondLedger = new LedgerTransform(Log, Schemas, new BudgetSet(budgets, new Dictionary<string, Webhook>()));
        _second = LoopOf(_secondLedger, new TransformOptions(LedgerTransform.Stage, Groups.Ledger, [Topics.BudgetSpend], id));
    }

    public void RemoveLedger()
    {
        _second?.Dispose();
        _secondLedger?.Dispose();
        (_second, _secondLedger) = (null, null);
    }

    /// <summary>Turns the ledgers in turn until neither has anything left to do.</summary>
    public void DrainLedgers()
    {
        for (var quiet = 0; quiet < 8;)
        {
            var before = Log.Transactions.Count;
            LedgerLoop!.Turn(default);
            _second?.Turn(default);
            quiet = Log.Transactions.Count == before ? quiet + 1 : 0;
        }
    }

    public void Stop()
    {
        RemoveLedger();
        foreach (var owned in _owned) owned.Dispose();
        _owned.Clear();
    }

    public void Spend(params UsageAggregate[] usages)
    {
        var records = usages.Select(usage => _aggregates.Record(Topics.Aggregates, Encoding.UTF8.GetBytes($"{usage.Team}/{usage.User}/{usage.ResponseModel}"), usage)).ToArray();
        Assert.Equal(TransactionOutcome.Committed, _writer.Execute(new LogTransaction(records, null)).Outcome);
    }

    /// <summary>Writes what nobody of the pipeline would write, or stores positions.</summary>
    public void Write(IReadOnlyList<NewRecord> records, PositionCommit? positions = null) =>
        Assert.Equal(TransactionOutcome.Committed, _writer.Execute(new LogTransaction(records, positions)).Outcome);

    /// <summary>Turns both loops until they have nothing left to do.</summary>
    public void Drain()
    {
        Drain(RouterLoop!);
        Drain(LedgerLoop!);
    }

    public void Drain(TransformLoop loop)
    {
        var deadline = Environment.TickCount64 + MaxDrainMs;
        for (var quiet = 0; quiet < QuietTurns;)
        {
            var before = Log.Transactions.Count;
            var wait = loop.Turn(default);
            var mustWait = Log.Hidden is not null && loop.Status.Phase == LoopPhase.Restoring;
            var isDone = wait <= TimeSpan.Zero && (loop.Status.StoppedPartitions.Count > 0 || IsAtEnd(loop));
            quiet = Log.Transactions.Count == before && (mustWait || isDone) ? quiet + 1 : 0;
            Assert.True(Environment.TickCount64 < deadline, $"the loop is not done: {loop.Status}");
        }
    }

    /// <summary>Whether the group's positions are at the end, but for a marker that nobody reads.</summary>
    private bool IsAtEnd(TransformLoop loop)
    {
        var (group, topic) = loop == RouterLoop ? (Groups.Router, Topics.Aggregates) : (Groups.Ledger, Topics.BudgetSpend);
        return Enumerable.Range(0, Log.PartitionCount(topic)!.Value).Select(partition => new TopicPartition(topic, partition))
            .All(partition => Log.ReadBounds(partition) is { } bounds && bounds.End - Log.ReadPosition(group, partition).Next <= (_maxWait > TimeSpan.Zero ? 1 : 0));
    }

    public List<T> Read<T>(string topic)
        where T : class, Pipeline.Schemas.Avro.IAvroRecord<T>
    {
        using var reader = new RecordReader<T>(Schemas);
        return [.. ReadAll(topic).Where(static record => !record.Value.IsEmpty).Select(record =>
        {
            Assert.Equal(RecordReadOutcome.Ok, reader.Read(record, out var value, out _));
            return value!;
        })];
    }

    public List<LogRecord> ReadAll(string topic)
    {
        using var read = CommittedRead.Begin(Log, Enumerable.Range(0, Log.PartitionCount(topic)!.Value).Select(partition => new TopicPartition(topic, partition)))!;
        var records = new List<LogRecord>();
        // What an open transaction hides does not come.
        for (var tries = 0; !read.IsComplete && tries < MaxEmptyReads;)
        {
            var batch = read.Read(_maxWait, default)!;
            tries = batch.IsEmpty ? tries + 1 : 0;
            records.AddRange(batch.Records);
            Assert.True(Schemas.Resolve(batch, default));
        }

        return records;
    }

    /// <summary>Reasons of the topic's dead letters.</summary>
    public string[] Buried(string topic) => [.. ReadAll(Topics.DeadLetter(topic))
        .Select(static record => Encoding.UTF8.GetString(record.Headers.Single(static header => header.Name == "dl.reason").Value.Span))];

    /// <summary>What the state topic says after compaction: the newest record of every account.</summary>
    public Dictionary<string, BudgetState> States()
    {
        using var reader = new RecordReader<BudgetState>(Schemas);
        var states = new Dictionary<string, BudgetState>();
        foreach (var record in ReadAll(Topics.BudgetState))
        {
            var key = Encoding.UTF8.GetString(record.Key.Span);
            if (record.Value.IsEmpty) states.Remove(key);
            else if (reader.Read(record, out var state, out _) == RecordReadOutcome.Ok && state!.InstanceId.Length > 0) states[key] = state;
        }

        return states;
    }

    public decimal SpentOf(string budget) => States().Values.Where(state => state.Budget == budget).Sum(static state => state.Spent.Usd);

    /// <summary>Kind and percent of every alert, in order.</summary>
    public List<string> Alerts() => [.. Read<BudgetAlert>(Topics.BudgetAlerts).Select(static alert => $"{alert.Kind} {alert.ThresholdPercent} #{alert.CrossingOrdinal} of {alert.Limit:0.##}")];

    public void Dispose()
    {
        Stop();
        _aggregates.Dispose();
        _writer.Dispose();
        Log.Dispose();
    }

    public static Budget Budget(string id = "all", decimal limit = 100, PeriodKind period = PeriodKind.Month, string zone = "UTC",
        int[]? thresholds = null, string[]? per = null, (string Dimension, string Pattern)[]? scope = null, BudgetUnit unit = BudgetUnit.Usd) => new(
        id,
        [.. (scope ?? []).Select(static one => new ScopeCondition(Dimension.Find(one.Dimension)!, [one.Pattern]))],
        [.. (per ?? []).Select(static name => Dimension.Find(name)!)],
        unit, limit, period, TimeZoneInfo.FindSystemTimeZoneById(zone), thresholds ?? [50, 80, 100], ["ops"]);

    public static UsageAggregate Usage(
        decimal net, DateTimeOffset? minute = null, string? team = "search", string? user = null, string model = "gpt-4o", long calls = 1, CostStatus status = CostStatus.Priced) => new()
    {
        Minute = minute ?? Start, Provider = "openai", ResponseModel = model, Team = team, User = user, Currency = "USD", CostStatus = status, UsageSource = UsageSource.Provider,
        Calls = calls, ErrorCalls = 0, DurationUs = 0, RequestBytes = 0, ResponseBytes = 0, InputTotal = 10 * calls, OutputTotal = calls,
        InputUncached = 0, CacheRead = 0, CacheWrite = 0, CacheWrite5m = 0, CacheWrite1h = 0, InputAudio = 0, InputImage = 0, InputVideo = 0, ToolUsePrompt = 0,
        OutputText = 0, Reasoning = 0, OutputAudio = 0, OutputImage = 0, ListTotal = net, NetTotal = net, GwpMax = 0.001m * calls,
    };

    private TransformLoop LoopOf(ITransform step, TransformOptions options) =>
        new(Log, step, options with { MaxWait = _maxWait }, Schemas.Resolve, Clock, NullLogger.Instance);

    private static EmbeddedLog Embedded(TimeProvider clock)
    {
        var opening = EmbeddedLog.Open(new SimulatedDisk(new Random(1)).Root, new EmbeddedLogOptions(), clock, static () => new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]), NullLogger.Instance);
        Assert.Null(opening.Failure);
        return opening.Log!;
    }
}

/// <summary>A clock that says what the test wants.</summary>
internal sealed class TestClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}
