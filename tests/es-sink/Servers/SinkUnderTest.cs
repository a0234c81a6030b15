using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.EsSink.Indexing;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Tests.Servers;

/// <summary>The sink without a log: batches go in, dead letters come out, documents are in the cluster.</summary>
internal sealed class SinkUnderTest : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FixedClock _clock;

    public SinkUnderTest(Uri url, DateTimeOffset now, SinkOptions? options = null)
    {
        options ??= new SinkOptions();
        _clock = new FixedClock(now);
        Target = new ElasticsearchTarget(new ElasticsearchOptions { Url = url, Replicas = 0 }, options.RetentionDays, NullLogger.Instance);
        Indexer = new DocumentIndexer(Records.Catalog, Target, options, _clock, NullLogger.Instance);
    }

    public Records Records { get; } = new();

    public ElasticsearchTarget Target { get; }

    public DocumentIndexer Indexer { get; }

    public bool TryIndex(RecordBatch batch) => Indexer.Prepare(batch, CancellationToken.None);

    /// <summary>Offers the batch until the sink has settled it, as the loop does.</summary>
    public IReadOnlyList<DeadLetter> Index(params IEnumerable<LlmUsage> events)
    {
        var batch = Records.Batch([.. events]);
        var began = TimeProvider.System.GetTimestamp();
        while (!TryIndex(batch))
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience) throw new TimeoutException($"held: {Indexer.Check().Message}");
            Thread.Yield();
        }

        return Effects(batch);
    }

    public IReadOnlyList<DeadLetter> Effects(RecordBatch batch)
    {
        var effects = new StepEffects();
        Indexer.Step.Step(batch, effects);
        return effects.DeadLetters;
    }

    public void Dispose()
    {
        Indexer.Dispose();
        Target.Dispose();
        Records.Dispose();
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
