using System.Buffers.Text;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>
/// Lets each imported event into the pipeline once: exporters deliver at least once, and what is booked twice is paid twice.
/// <code>
///   llm-usage-imports, by event id ──(1) known? ──► passed over, counted
///            ▲                              └─ no ──(2)──► llm-usage-raw ──► priced like any other event
///            └──(0) ids before the position, read back
/// </code>
/// Guarantee: an event id is written to llm-usage-raw once, as long as it is among the newest remembered of its partition. All events of
/// an id are in one partition, because it is their key. Not for use by two threads.
/// </summary>
public sealed class AdmitTransform(ILog log, int remembered, IntakeMetrics metrics) : IStatefulTransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "usage-enricher-admit";

    private readonly AdmittedRestore _restore = new(log, remembered);
    private readonly Dictionary<TopicPartition, AdmittedIds> _ids = [];

    public IReadOnlyList<StoppedPartition> Stopped => [];

    public RestoreOutcome Restore(RestoreRequest request, CancellationToken stop)                      // (0)
    {
        var outcome = _restore.Continue(request, stop);
        if (outcome == RestoreOutcome.Restored) _restore.HandOver(_ids);
        return outcome;
    }

    public void Revoked(IReadOnlyList<TopicPartition> partitions)
    {
        _restore.Abandon();
        foreach (var partition in partitions) _ids.Remove(partition);
    }

    public bool FindDue(DateTimeOffset now, CancellationToken stop) => false;

    public void BeginDecision()
    {
        foreach (var ids in _ids.Values) ids.Void();
    }

    public void Step(RecordBatch batch, StepEffects effects)
    {
        foreach (var record in batch.Records)
        {
            if (!TryReadId(record, out var id)) effects.Bury(record, Stage, DeadLetterReason.InvalidRecord, "the key is no event id");
            else if (_ids[record.Source].TryAdmit(id)) effects.Append(record, new NewRecord(Topics.UsageRaw, record.Key, record.Value, Headers: record.Headers)); // (2)
            else metrics.CountRepeated(record);                                                        // (1)
        }
    }

    public void StepDue(IReadOnlyDictionary<TopicPartition, long> positions, StepEffects effects)
    {
    }

    public void EndDecision(IReadOnlyDictionary<TopicPartition, long> next, StepEffects effects)
    {
    }

    public void Committed()
    {
        foreach (var ids in _ids.Values) ids.Commit();
    }

    public void Dispose() => _restore.Dispose();

    internal static bool TryReadId(LogRecord record, out Guid id) =>
        Utf8Parser.TryParse(record.Key.Span, out id, out var read) && read == record.Key.Length;
}
