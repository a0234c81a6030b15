using System.Globalization;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>What a topic must be for the guarantees to hold, as settings for a new one and as a check of one that is there; pure.</summary>
internal static class TopicRequirements
{
    public const int Unlimited = -1;

    public static Dictionary<string, string> Settings(TopicSpec spec, int replicationFactor)
    {
        var settings = new Dictionary<string, string>
        {
            ["min.insync.replicas"] = Text(Math.Min(KafkaBounds.LeastInSyncReplicas, replicationFactor)),
            ["unclean.leader.election.enable"] = "false",
            // Event time is a field: with a producer's clock ahead the broker would refuse the record, and retention would follow it.
            ["message.timestamp.type"] = "LogAppendTime",
            ["max.message.bytes"] = Text(spec.MaxRecordBytes),
            ["cleanup.policy"] = spec.IsCompacted ? "compact" : "delete",
        };
        if (spec.Retention is { } retention)
        {
            settings["retention.ms"] = Text((long)retention.TotalMilliseconds);
            settings["retention.bytes"] = Text(Unlimited);
        }

        return settings;
    }

    /// <returns>One sentence per defect, naming topic, setting, found and wanted value.</returns>
    public static IEnumerable<string> Defects(TopicSpec spec, int partitions, int replicationFactor, IReadOnlyDictionary<string, string> found)
    {
        if (replicationFactor < KafkaBounds.LeastReplication)
            yield return $"{spec.Name}: replication factor is {replicationFactor}, must be at least {KafkaBounds.LeastReplication}; reassign its partitions to more brokers";
        if (spec.HasFixedPartitions && partitions != spec.Partitions)
            yield return $"{spec.Name}: it has {partitions} partitions, must have exactly {spec.Partitions}; state is placed by that count, so set Kafka:Partitions to what it was made with";

        if (Number(found, "min.insync.replicas") is { } inSync && inSync < KafkaBounds.LeastInSyncReplicas)
            yield return Defect(spec, "min.insync.replicas", Text(inSync), $"at least {KafkaBounds.LeastInSyncReplicas}");
        if (Is(found, "unclean.leader.election.enable", "true"))
            yield return Defect(spec, "unclean.leader.election.enable", "true", "false");
        if (found.TryGetValue("message.timestamp.type", out var type) && type != "LogAppendTime")
            yield return Defect(spec, "message.timestamp.type", type, "LogAppendTime");
        if (Number(found, "max.message.bytes") is { } bytes && bytes < spec.MaxRecordBytes)
            yield return Defect(spec, "max.message.bytes", Text(bytes), $"at least {spec.MaxRecordBytes}");

        var policy = spec.IsCompacted ? "compact" : "delete";
        if (found.TryGetValue("cleanup.policy", out var cleanup) && cleanup != policy) yield return Defect(spec, "cleanup.policy", cleanup, policy);
        if (spec.Retention is not { } retention) yield break;
        if (Number(found, "retention.ms") is { } kept and >= 0 && kept < (long)retention.TotalMilliseconds)
            yield return Defect(spec, "retention.ms", Text(kept), $"at least {Text((long)retention.TotalMilliseconds)} ({retention.TotalDays:0} days)");
        if (Number(found, "retention.bytes") is { } size and >= 0)
            yield return Defect(spec, "retention.bytes", Text(size), $"{Unlimited}: records are kept by age");
    }

    private static string Defect(TopicSpec spec, string setting, string found, string wanted) => $"{spec.Name}: {setting} is {found}, must be {wanted}";

    private static bool Is(IReadOnlyDictionary<string, string> found, string setting, string value) => found.TryGetValue(setting, out var text) && text == value;

    private static long? Number(IReadOnlyDictionary<string, string> found, string setting) =>
        found.TryGetValue(setting, out var text) && long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
