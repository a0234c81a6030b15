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
    private readonly List<DeadLetter> _deadLetters = [];

    public IReadOnlyList<NewRecord> Records => _records;
    public IReadOnlyList<DeadLetter> DeadLetters => _deadLetters;

    public void Append(in NewRecord record) => _records.Add(record);

    public void Bury(LogRecord source, string stage, DeadLetterReason reason, string message) =>
        _deadLetters.Add(new DeadLetter(source, stage, reason, message));

    public void Clear()
    {
        _records.Clear();
        _deadLetters.Clear();
    }
}

/// <summary>
/// A service's core: records of one batch in, effects out. Synchronous, without clock, randomness, threads or I/O, so that
/// the same batch always gives the same effects and the simulation can drive it.
/// </summary>
public interface ITransform
{
    /// <summary>Decides the effects of all records of the batch, in order.</summary>
    void Step(RecordBatch batch, StepEffects effects);
}
