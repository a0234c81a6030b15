using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;

namespace Pipeline.Runtime.Hosting;

/// <summary>Which topics there are, and on how many of their partitions each group has a position: to tell what provisioning did.</summary>
internal sealed class TopicsFound
{
    private readonly IReadOnlyList<TopicSpec> _topics;
    private readonly Dictionary<string, int> _partitions;
    private readonly Dictionary<(string Group, string Topic), int> _positions;

    private TopicsFound(IReadOnlyList<TopicSpec> topics, Dictionary<string, int> partitions, Dictionary<(string, string), int> positions) =>
        (_topics, _partitions, _positions) = (topics, partitions, positions);

    /// <returns>Null when the log is away.</returns>
    public static TopicsFound? In(ILog log, IReadOnlyList<TopicSpec> topics)
    {
        var partitions = new Dictionary<string, int>();
        var positions = new Dictionary<(string, string), int>();
        foreach (var topic in topics)
        {
            if (log.PartitionCount(topic.Name) is not { } count) return null;
            partitions[topic.Name] = count;
            foreach (var group in topic.Groups)
            {
                if (Positions(log, group, topic.Name, count) is not { } known) return null;
                positions[(group, topic.Name)] = known;
            }
        }

        return new TopicsFound(topics, partitions, positions);
    }

    private static int? Positions(ILog log, string group, string topic, int partitions)
    {
        TopicPartition[] all = [.. Enumerable.Range(0, partitions).Select(partition => new TopicPartition(topic, partition))];
        if (log is KafkaLog kafka) return kafka.ReadPositions(group, all)?.Count;
        var read = all.Select(partition => log.ReadPosition(group, partition)).ToArray();
        return read.All(static position => position.IsKnown) ? read.Count(static position => position.Next is not null) : null;
    }

    /// <summary>One line for each topic and for each group that reads it.</summary>
    public IEnumerable<string> Since(TopicsFound before)
    {
        foreach (var topic in _topics)
        {
            var (was, now) = (before._partitions[topic.Name], _partitions[topic.Name]);
            yield return $"topic {topic.Name}: " + (was == 0 ? $"made, {now} partitions" : was < now ? $"grown, {was} to {now} partitions" : $"there, {now} partitions");
            foreach (var group in topic.Groups)
            {
                var (had, has) = (before._positions[(group, topic.Name)], _positions[(group, topic.Name)]);
                var line = $"positions of {group}: " + (had < has ? $"written for {has - had} partitions" : $"there for {has} partitions");
                // Records without a position: where to begin is the operator's to say, not ours.
                yield return has == now ? line : line + $", none for {now - has} that hold records: start that service once with --start-from";
            }
        }
    }
}
