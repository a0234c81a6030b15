using Pipeline.Schemas;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// Holds the demo's own count against the events: calls made = replies read to the end + calls that broke off but had
/// reached the gateway, which only their events tell.
/// </summary>
internal sealed class DemoTally(CallJournal journal)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _cutOffWithEvent = new(StringComparer.Ordinal);
    private long _events;

    /// <summary>Notes the event of a demo call, seen for the first time.</summary>
    public void See(LlmUsage usage)
    {
        if (usage.Attribution.Environment != DemoCall.Environment || usage.Revision > 1) return;
        lock (_gate)
        {
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
