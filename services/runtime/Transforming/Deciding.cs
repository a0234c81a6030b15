using Microsoft.Extensions.Logging;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// Runs a step so that a record which cannot be handled costs only itself: when the step throws, or when the log refuses an
/// output whose source is not known, the records are stepped one by one.
/// </summary>
internal sealed partial class Deciding(ITransform transform, string stage, ILogger logger)
{
    private readonly IStatefulTransform? _stateful = transform as IStatefulTransform;
    private readonly Dictionary<LogRecord, (DeadLetterReason Reason, string Message)> _excluded = new(ReferenceEqualityComparer.Instance);
    private bool _isIsolated;

    /// <summary>Begins with a new batch: nothing is known of its records.</summary>
    public void Begin()
    {
        _excluded.Clear();
        _isIsolated = false;
    }

    /// <summary>Keeps the record out of the next decision of this batch, and dead-letters it.</summary>
    public void Exclude(LogRecord record, DeadLetterReason reason, string message) => _excluded[record] = (reason, message);

    /// <summary>Makes the next decision record by record. False when it already was.</summary>
    public bool Isolate() => !_isIsolated && (_isIsolated = true);

    /// <param name="batch">Without records: what is due.</param>
    public void Decide(RecordBatch batch, StepEffects effects)
    {
        effects.Clear();
        if (batch.IsEmpty && _stateful is not null) DecideDue(batch, effects);
        else DecideRecords(batch, effects);
    }

    private void DecideDue(RecordBatch batch, StepEffects effects)
    {
        _stateful!.BeginDecision();
        _stateful.StepDue(batch.Next, effects);
        _stateful.EndDecision(batch.Next, effects);
    }

    private void DecideRecords(RecordBatch batch, StepEffects effects)
    {
        if (!_isIsolated && !TryStepTogether(batch, effects)) _isIsolated = true;
        // What a throwing step left in the state cannot be told from the rest: without the record, all is decided anew.
        while (_isIsolated && !TryStepOneByOne(batch, effects))
        {
        }

        effects.EndOnly();
        _stateful?.EndDecision(batch.Next, effects);
        foreach (var record in batch.Records)
            if (_excluded.Count > 0 && _excluded.TryGetValue(record, out var why)) effects.Bury(record, stage, why.Reason, why.Message);
    }

    private bool TryStepTogether(RecordBatch batch, StepEffects effects)
    {
        var kept = _excluded.Count == 0 ? batch : batch with { Records = [.. batch.Records.Where(record => !_excluded.ContainsKey(record))] };
        _stateful?.BeginDecision();
        try
        {
            if (!kept.IsEmpty) transform.Step(kept, effects);
            return true;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            StepThrewOnBatch(logger, stage, batch.Records.Count, error.GetType().Name);
            return false;
        }
    }

    /// <returns>False when the step threw and has a state: the record is excluded now.</returns>
    private bool TryStepOneByOne(RecordBatch batch, StepEffects effects)
    {
        effects.Clear();
        _stateful?.BeginDecision();
        foreach (var record in batch.Records)
        {
            if (_excluded.ContainsKey(record)) continue;
            var (records, deadLetters) = (effects.Records.Count, effects.DeadLetters.Count);
            effects.BeginOnly(record);
            try
            {
                var next = new Dictionary<TopicPartition, long> { [record.Source] = record.Offset + 1 };
                transform.Step(new RecordBatch([record], next, batch.Membership), effects);
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                // Neither the message nor the data of an exception is passed on: both may quote the record.
                var message = $"the step threw {error.GetType().Name}";
                StepThrew(logger, stage, record.Source.Topic, record.Source.Partition, record.Offset, error.GetType().Name, error.StackTrace);
                if (_stateful is not null)
                {
                    Exclude(record, DeadLetterReason.StepFailed, message);
                    return false;
                }

                effects.TruncateTo(records, deadLetters);
                effects.Bury(record, stage, DeadLetterReason.StepFailed, message);
            }
        }

        return true;
    }

    [LoggerMessage(20, LogLevel.Warning, "StepThrewOnBatch {Stage}: {Error} on {Records} records, stepping them one by one", EventName = "StepThrewOnBatch")]
    private static partial void StepThrewOnBatch(ILogger logger, string stage, int records, string error);

    [LoggerMessage(21, LogLevel.Error, "StepThrew {Stage} on {Topic}[{Partition}]@{Offset}: {Error}\n{StackTrace}", EventName = "StepThrew")]
    private static partial void StepThrew(ILogger logger, string stage, string topic, int partition, long offset, string error, string? stackTrace);
}
