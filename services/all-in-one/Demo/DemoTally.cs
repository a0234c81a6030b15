using Pipeline.Schemas;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// Holds the demo's own count against the events: calls made = replies read to the end + calls that broke off but had
/// reached the gateway, which only their events tell.
/// </summary>
internal sealed class DemoTally(CallJournal journal)
{
    /// <summary>Ids kept to tell a repetition from a new event. Repetitions follow closely, so all may be forgotten at once.</summary>
    private const int MaxSeen = 1_000_000;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _cutOffWithEvent = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> _seen = [];
    private long _events;

    /// <summary>Notes the event if it is one of a demo call and was not noted before.</summary>
    public void See(LlmUsage usage)
    {
        if (usage.Attribution.Environment != DemoCall.Environment) return;
        lock (_gate)
        {
            if (!_seen.Add(usage.EventId)) return;
            if (_seen.Count > MaxSeen) _seen.Clear();
            _events++;
            if (journal.IsCutOff(usage.RequestId)) _cutOffWithEvent.Add(usage.RequestId);
        }
    }

    /// <param name="Made">Equals <see cref="Events"/> once everything made has come through.</param>
    public (long Made, long Events, long CutOff) Read()
    {
        lock (_gate) return (journal.Completed + _cutOffWithEvent.Count, _events, journal.CutOffCount);
    }
}
