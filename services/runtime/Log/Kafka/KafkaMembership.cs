using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>A member's proof of its assignment generation: the broker refuses positions that come with an older one.</summary>
internal sealed record KafkaMembership(IConsumerGroupMetadata Metadata);

/// <summary>Memberships of groups that nobody joins, such as the spools': only the group's name is in them.</summary>
internal sealed class EmptyMemberships(KafkaClients clients)
{
    private readonly Dictionary<string, KafkaMembership> _byGroup = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public KafkaMembership Of(string group)
    {
        lock (_gate)
        {
            if (_byGroup.TryGetValue(group, out var known)) return known;
            if (_byGroup.Count >= KafkaBounds.RememberedGroups) _byGroup.Clear();
            using var consumer = clients.GroupName(group).Build();
            return _byGroup[group] = new KafkaMembership(consumer.ConsumerGroupMetadata);
        }
    }
}
