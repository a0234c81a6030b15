using Pipeline.Runtime.Log;

namespace Pipeline.Simulation.Tests.Log;

/// <summary>A batch's proof towards the group's coordinator.</summary>
internal sealed record SimulatedMembership(string Group, SimulatedMember Member, int Generation);

/// <summary>One reader of a group, as its coordinator knows it.</summary>
internal sealed class SimulatedMember(IReadOnlyList<string> topics, Func<bool> isHeartbeating)
{
    public IReadOnlyList<string> Topics => topics;
    public Func<bool> IsHeartbeating => isHeartbeating;

    /// <summary>It has given up what it owned, for the generation that is being prepared.</summary>
    public bool IsReady { get; set; }
    public DateTimeOffset LastSeen { get; set; }
    public IReadOnlyList<TopicPartition> Assigned { get; set; } = [];
}

/// <summary>
/// A consumer group with the eager protocol: when members come or go a generation is prepared; the old one stays valid for
/// commits until every member has given up what it owned, or was thrown out for not answering.
/// </summary>
internal sealed class SimulatedGroup(string name)
{
    public static readonly TimeSpan SessionTimeout = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan RebalanceTimeout = TimeSpan.FromSeconds(20);

    private readonly List<SimulatedMember> _members = [];
    private DateTimeOffset _preparingSince;

    public string Name => name;
    public Dictionary<TopicPartition, long> Positions { get; } = [];

    /// <summary>Positions that the broker forgot, for an operator who looks them up elsewhere.</summary>
    public Dictionary<TopicPartition, long> Forgotten { get; } = [];
    public int Generation { get; private set; }
    public bool IsPreparing { get; private set; }

    public bool Has(SimulatedMember member) => _members.Contains(member);

    public void Join(SimulatedMember member, DateTimeOffset now)
    {
        member.LastSeen = now;
        _members.Add(member);
        Prepare(now);
        member.IsReady = true;
    }

    public void Leave(SimulatedMember member, DateTimeOffset now)
    {
        if (_members.Remove(member)) Prepare(now);
    }

    public void Prepare(DateTimeOffset now)
    {
        if (!IsPreparing) _preparingSince = now;
        IsPreparing = true;
        foreach (var member in _members) member.IsReady = false;
    }

    /// <summary>Throws out who is not heard of, and who holds a rebalance up for too long.</summary>
    public void Expire(DateTimeOffset now)
    {
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            var member = _members[i];
            if (member.IsHeartbeating()) member.LastSeen = now;
            var isLate = IsPreparing && !member.IsReady && now - _preparingSince > RebalanceTimeout;
            if (now - member.LastSeen <= SessionTimeout && !isLate) continue;
            _members.RemoveAt(i);
            if (!IsPreparing) Prepare(now);
        }
    }

    public void CompleteWhenReady(IReadOnlyList<TopicPartition> partitionsInOrder)
    {
        if (!IsPreparing || !_members.TrueForAll(static member => member.IsReady)) return;
        IsPreparing = false;
        Generation++;
        var dealt = _members.ToDictionary(static member => member, static _ => new List<TopicPartition>());
        var turn = Generation;
        foreach (var partition in partitionsInOrder)
        {
            var takers = _members.Where(member => member.Topics.Contains(partition.Topic)).ToArray();
            if (takers.Length > 0) dealt[takers[turn++ % takers.Length]].Add(partition);
        }

        foreach (var (member, partitions) in dealt) (member.Assigned, member.IsReady) = (partitions, false);
    }

    public IEnumerable<string> Topics => _members.SelectMany(static member => member.Topics).Distinct(StringComparer.Ordinal);
}
