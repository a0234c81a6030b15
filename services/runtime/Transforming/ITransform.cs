using Pipeline.Runtime.Log;

namespace Pipeline.Runtime.Transforming;

/// <summary>
/// A service's core: records of one batch in, effects out. Synchronous, without clock, randomness, threads or I/O, so that
/// the same batch always gives the same effects and the simulation can drive it.
/// </summary>
/// <remarks>
/// A step may be run again on the same records, on a part of them, or on one of them alone: nothing it decided counts before
/// its transaction is committed. What it throws is taken for a defect: the record that it throws on, alone, is dead-lettered.
/// </remarks>
public interface ITransform
{
    /// <summary>Decides the effects of all records of the batch, in order.</summary>
    void Step(RecordBatch batch, StepEffects effects);
}
