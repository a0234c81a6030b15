using System.Diagnostics.Metrics;
using Pipeline.BudgetWatcher.Routing;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Telemetry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Routing;

public sealed class RouterTransformTests : IDisposable
{
    private readonly SchemaCatalog _schemas = new(new FileSchemaRegistry(null), [SchemaSet.UsageAggregate]);
    private readonly RecordWriter<UsageAggregate> _writer;
    private readonly RouterTransform _router;
    private readonly Dictionary<string, long> _counted = [];
    private readonly MeterListener _listener = new();

    public RouterTransformTests()
    {
        Assert.True(_schemas.Prepare(CancellationToken.None));
        _writer = new RecordWriter<UsageAggregate>(_schemas);
        _router = new RouterTransform(_schemas, new SpendMetrics());
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == PipelineMeter.Name && instrument.Name.StartsWith("pipeline_watcher_", StringComparison.Ordinal)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var key = $"{instrument.Name}:{tags[0].Value}";
            _counted[key] = _counted.GetValueOrDefault(key) + value;
        });
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _router.Dispose();
        _writer.Dispose();
    }

    [Fact]
    public void Step_OfAggregates_CountsCallsTokensAndSpend()
    {
        var effects = Step(Record(0, Delta(3, 100, 10, 0.0000015m)), Record(1, Delta(2, 50, 5, 0.0000005m)));
        Assert.Equal(5, _counted["pipeline_watcher_calls_total:priced"]);
        Assert.Equal((150, 15), (_counted["pipeline_watcher_tokens_total:input"], _counted["pipeline_watcher_tokens_total:output"]));
        Assert.Equal(2, _counted["pipeline_watcher_spend_micros_total:USD"]);
        Assert.Empty(effects.Records);
        Assert.Empty(effects.DeadLetters);
    }

    [Fact]
    public void Step_OfABatchThatComesAgain_CountsItOnce()
    {
        var batch = new[] { Record(0, Delta(3, 100, 10, 1)), Record(1, Delta(2, 50, 5, 2)) };
        Step(batch);
        Step(batch[0]);
        Step([.. batch, Record(2, Delta(1, 1, 1, 4))]);
        Assert.Equal(6, _counted["pipeline_watcher_calls_total:priced"]);
        Assert.Equal(7_000_000, _counted["pipeline_watcher_spend_micros_total:USD"]);
    }

    [Fact]
    public void Step_OfRecordThatIsNoAggregate_BuriesIt()
    {
        var dead = Assert.Single(Step(Record(0, Delta(1, 1, 1, 1)) with { Value = new byte[] { 7 } }).DeadLetters);
        Assert.Equal((RouterTransform.Stage, DeadLetterReason.Malformed), (dead.Stage, dead.Reason));
    }

    private StepEffects Step(params LogRecord[] records)
    {
        var effects = new StepEffects();
        _router.Step(new RecordBatch(records, new Dictionary<TopicPartition, long>(), null), effects);
        return effects;
    }

    private LogRecord Record(long offset, UsageAggregate delta)
    {
        var record = _writer.Record(Topics.Aggregates, default, delta);
        return new LogRecord(new TopicPartition(Topics.Aggregates, 0), offset, DateTimeOffset.UnixEpoch, record.Key, record.Value, []);
    }

    private static UsageAggregate Delta(long calls, long input, long output, decimal net) => new()
    {
        Minute = DateTimeOffset.UnixEpoch, Currency = "USD", CostStatus = CostStatus.Priced, UsageSource = UsageSource.Provider,
        Calls = calls, ErrorCalls = 0, DurationUs = 0, RequestBytes = 0, ResponseBytes = 0, InputTotal = input, OutputTotal = output,
        InputUncached = 0, CacheRead = 0, CacheWrite = 0, CacheWrite5m = 0, CacheWrite1h = 0, InputAudio = 0, InputImage = 0, InputVideo = 0, ToolUsePrompt = 0,
        OutputText = 0, Reasoning = 0, OutputAudio = 0, OutputImage = 0, ListTotal = net, NetTotal = net,
    };
}
