namespace Pipeline.Runtime.Log.Embedded;

/// <summary>What a reader owns in one generation of its group.</summary>
internal sealed record Assignment(int Generation, IReadOnlyList<TopicPartition> Partitions);

/// <summary>One reader of a group.</summary>
internal sealed class GroupMember(IReadOnlyList<string> topics, ManualResetEventSlim signal)
{
    public IReadOnlyList<string> Topics => topics;

    /// <summary>Wakes the reader's thread.</summary>
    public ManualResetEventSlim Signal => signal;

    /// <summary>Generation for which the reader has given up everything.</summary>
    public int ReadyFor { get; set; } = -1;

    /// <summary>What it owns; null between two generations.</summary>
    public Assignment? Current { get; set; }
}

/// <summary>
/// The readers of one group in this process. When one joins or leaves, or partitions are added, a new generation begins: every reader
/// gives up what it owns, on its own thread and outside a transaction, and the last one to do so deals the partitions anew.
/// </summary>
/// <remarks>Guarded by the log's state lock.</remarks>
internal sealed class ReaderGroup
{
    private readonly List<GroupMember> _members = [];

    public int Generation { get; private set; }

    public bool IsEmpty => _members.Count == 0;

    public void Join(GroupMember member)
    {
        _members.Add(member);
        Begin();
    }

    public void Leave(GroupMember member)
    {
        member.Current = null;
        if (_members.Remove(member)) Begin();
    }

    /// <summary>Begins a generation: members, topics or partitions are others.</summary>
    public void Begin()
    {
        Generation++;
        foreach (var member in _members) member.Signal.Set();
    }

    /// <summary>The member has given up what it owned. The last one deals.</summary>
    public void Ready(GroupMember member, LogState state)
    {
        member.Current = null;
        member.ReadyFor = Generation;
        foreach (var other in _members)
            if (other.ReadyFor != Generation) return;
        Deal(state);
    }

    /// <summary>Round robin over all partitions in order, so that readers differ by at most one.</summary>
    private void Deal(LogState state)
    {
        var dealt = _members.ToDictionary(static member => member, static _ => new List<TopicPartition>());
        var turn = 0;
        foreach (var topic in _members.SelectMany(static member => member.Topics).Distinct().Order(StringComparer.Ordinal))
        {
            var takers = _members.Where(member => member.Topics.Contains(topic)).ToArray();
            var partitions = state.Topic(topic)?.Partitions.Length ?? 0;
            for (var partition = 0; partition < partitions; partition++) dealt[takers[turn++ % takers.Length]].Add(new TopicPartition(topic, partition));
        }

        foreach (var (member, partitions) in dealt)
        {
            member.Current = new Assignment(Generation, partitions);
            member.Signal.Set();
        }
    }
}

/// <summary>A batch's proof: the reader and the generation in which it was taken.</summary>
internal sealed record EmbeddedMembership(GroupMember Member, Assignment Assignment)
{
    /// <summary>To be asked under the state lock: still the same generation, and every position is of an owned partition.</summary>
    public bool Covers(IEnumerable<TopicPartition> partitions) =>
        ReferenceEquals(Member.Current, Assignment) && partitions.All(Assignment.Partitions.Contains);
}
