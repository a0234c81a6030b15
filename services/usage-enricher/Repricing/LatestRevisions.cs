using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>
/// The newest revision of each event of one partition, as far as it is not the first: all revisions of an event are in one partition. An
/// event that was never priced again needs no memory. A partition with more records than <see cref="MaxHeld"/> is gone through several
/// times, each time for a share of its events.
/// </summary>
/// <param name="shares">In how many shares the partition's events are taken.</param>
/// <param name="share">Which of them.</param>
internal sealed class LatestRevisions(int shares, int share)
{
    /// <summary>Events held at once, some 50 bytes each.</summary>
    public const int MaxHeld = 2_000_000;

    private const int First = 1;

    private readonly Dictionary<Guid, int> _revisions = [];

    /// <param name="records">Of the partition; each of them may be the second revision of an event of its own.</param>
    public static int SharesFor(long records, int maxHeld = MaxHeld) => (int)Math.Max(1, (records + maxHeld - 1) / maxHeld);

    /// <summary>What has no event is in this one.</summary>
    public bool IsFirst => share == 0;

    /// <summary>The event is in this share.</summary>
    public bool Holds(Guid eventId) => shares == 1 || (uint)eventId.GetHashCode() % (uint)shares == share;

    public void Note(Guid eventId, int revision)
    {
        if (revision > _revisions.GetValueOrDefault(eventId, First)) _revisions[eventId] = revision;
    }

    public bool IsLatest(LlmUsage usage) => usage.Revision >= _revisions.GetValueOrDefault(usage.EventId, First);
}
