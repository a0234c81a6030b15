using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>What is known of the run that the log names.</summary>
/// <param name="Run">Null when there never was one.</param>
/// <param name="At">End of the topic when it was read: each sign of life moves it.</param>
internal readonly record struct KnownRun(RepriceRun? Run, long At);

/// <summary>
/// Who reprices. The one transactional id makes it impossible for two to write; the run's record, renewed with every transaction, lets the
/// second one see that the first is alive, and leave it alone. Not for use by two threads.
/// </summary>
internal sealed class RunClaim(ILog log, SchemaCatalog schemas) : IDisposable
{
    public const string TransactionalId = "usage-enricher-reprice";

    private static readonly TopicPartition Runs = new(Topics.RepriceRuns, 0);

    private readonly RecordReader<RepriceRun> _reader = new(schemas);
    private readonly RecordWriter<RepriceRun> _writer = new(schemas);
    private CommittedRead? _read;
    private RepriceRun? _last;
    private long _end;

    /// <returns>Null while the log is away or hides a part of it: ask again.</returns>
    public KnownRun? Find(CancellationToken stop)
    {
        if (_read is null)
        {
            if (log.ReadBounds(Runs) is not { } bounds) return null;
            (_last, _end) = (null, bounds.End);
            _read = CommittedRead.Begin(log, [Runs]);
            if (_read is null) return null;
        }

        var outcome = _read.TakeMore(schemas, Take, stop);
        if (outcome is RestoreOutcome.Progressed or RestoreOutcome.Waiting) return null;
        _read.Dispose();
        _read = null;
        return outcome is null ? null : new KnownRun(_last, _end);
    }

    public NewRecord ToRecord(RepriceRun run) => _writer.Record(Topics.RepriceRuns, Encoding.ASCII.GetBytes("run"), run, Runs.Partition);

    public void Dispose()
    {
        _read?.Dispose();
        _reader.Dispose();
        _writer.Dispose();
    }

    private void Take(LogRecord record)
    {
        if (!record.Value.IsEmpty && _reader.Read(record, out var run, out _) == RecordReadOutcome.Ok) _last = run;
    }
}
