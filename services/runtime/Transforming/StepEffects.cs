using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>A record that cannot go on, with what its headers will say.</summary>
/// <param name="Stage">Stage that gave up, such as `usage-enricher`; redrive sends the record back there.</param>
/// <param name="Message">One sentence without any content of the record.</param>
public readonly record struct DeadLetter(LogRecord Source, string Stage, DeadLetterReason Reason, string Message);

/// <summary>What a step decided, to be performed in one transaction. Reused between batches.</summary>
public sealed class StepEffects
{
    private readonly List<NewRecord> _records = [];
    private readonly List<LogRecord?> _sources = [];
    private readonly List<DeadLetter> _deadLetters = [];
    private LogRecord? _onlySource;

    public IReadOnlyList<NewRecord> Records => _records;

    /// <summary>By index of <see cref="Records"/>: the record it was made from; null when it was made from several.</summary>
    public IReadOnlyList<LogRecord?> Sources => _sources;

    public IReadOnlyList<DeadLetter> DeadLetters => _deadLetters;

    /// <summary>Keys, values and headers of <see cref="Records"/> together.</summary>
    public long Bytes { get; private set; }

    /// <summary>Records and dead letters are within the bounds of one transaction.</summary>
    internal bool FitTransaction
    {
        get
        {
            var bytes = Bytes;
            foreach (var (source, _, _, _) in _deadLetters) bytes += source.Key.Length + source.Value.Length + DeadLetterRecord.MaxMessageChars * 2;
            return _records.Count + _deadLetters.Count <= LogTransaction.MaxRecords && bytes <= LogTransaction.MaxBytes;
        }
    }

    /// <summary>Appends what became of <paramref name="source"/>: if the log refuses it, the source is dead-lettered.</summary>
    public void Append(LogRecord source, in NewRecord record) => Add(source, record);

    /// <summary>Appends what several records of the batch became together, such as a sum.</summary>
    /// <remarks>If the log refuses it, the batch is stepped again record by record, so that it has one source.</remarks>
    public void AppendCombined(in NewRecord record) => Add(_onlySource, record);

    public void Bury(LogRecord source, string stage, DeadLetterReason reason, string message) =>
        _deadLetters.Add(new DeadLetter(source, stage, reason, message));

    public void Clear()
    {
        _records.Clear();
        _sources.Clear();
        _deadLetters.Clear();
        _onlySource = null;
        Bytes = 0;
    }

    /// <returns>The records, and behind them those of the dead letters.</returns>
    /// <param name="now">Time in the dead letters' headers.</param>
    /// <param name="holdBytes">Dead letters hold the bytes of their sources.</param>
    internal NewRecord[] ToRecords(DateTimeOffset now, bool holdBytes)
    {
        var records = new NewRecord[_records.Count + _deadLetters.Count];
        _records.CopyTo(records);
        for (var i = 0; i < _deadLetters.Count; i++) records[_records.Count + i] = DeadLetterRecord.Of(_deadLetters[i], now, holdBytes);
        return records;
    }

    /// <summary>Everything appended from here on is made from this one record.</summary>
    internal void BeginOnly(LogRecord source) => _onlySource = source;

    /// <summary>What is appended from here on is made from all of the batch.</summary>
    internal void EndOnly() => _onlySource = null;

    /// <summary>Takes back what was decided since these counts were read.</summary>
    internal void TruncateTo(int records, int deadLetters)
    {
        for (var i = records; i < _records.Count; i++) Bytes -= LogTransaction.BytesOf(_records[i]);
        _records.RemoveRange(records, _records.Count - records);
        _sources.RemoveRange(records, _sources.Count - records);
        _deadLetters.RemoveRange(deadLetters, _deadLetters.Count - deadLetters);
    }

    private void Add(LogRecord? source, in NewRecord record)
    {
        _records.Add(record);
        _sources.Add(source);
        Bytes += LogTransaction.BytesOf(record);
    }
}
