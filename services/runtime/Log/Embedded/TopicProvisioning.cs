namespace Pipeline.Runtime.Log.Embedded;

/// <summary>What one topic needs: to be made, to be changed, positions 0 for its groups, or an operator.</summary>
internal sealed class TopicProvisioning(LogState state, TopicSpec wanted)
{
    public void Decide(List<string> defects, List<TopicSpec> changed, List<(string Group, TopicPartition Partition)> positions)
    {
        var found = state.Topic(wanted.Name);
        var before = found?.Partitions.Length ?? 0;
        if (found is not null && wanted.HasFixedPartitions && before != wanted.Partitions)
        {
            defects.Add($"{wanted.Name}: it has {before} partitions, must have exactly {wanted.Partitions}; state is placed by that count");
            return;
        }

        if (found is not null && !wanted.IsForeign && found.Spec.IsCompacted != wanted.IsCompacted)
        {
            defects.Add($"{wanted.Name}: cleanup.policy is {Policy(found.Spec)}, must be {Policy(wanted)}");
            return;
        }

        // A topic only grows: partitions are never taken away, and a smaller record bound would refuse what others write.
        var target = found is null ? wanted : wanted.IsForeign ? found.Spec : found.Spec with
        {
            Partitions = Math.Max(before, wanted.Partitions),
            Retention = wanted.Retention > found.Spec.Retention ? wanted.Retention : found.Spec.Retention,
            MaxRecordBytes = Math.Max(found.Spec.MaxRecordBytes, wanted.MaxRecordBytes),
        };
        if (found is null || found.Spec.Partitions != target.Partitions || found.Spec.Retention != target.Retention || found.Spec.MaxRecordBytes != target.MaxRecordBytes)
            changed.Add(target);

        foreach (var group in wanted.Groups)
            for (var number = 0; number < target.Partitions; number++)
            {
                var partition = new TopicPartition(wanted.Name, number);
                if (state.Position(group, partition) is null && state.Partition(partition) is null or { Start: 0, End: 0 }) positions.Add((group, partition));
            }
    }

    private static string Policy(TopicSpec spec) => spec.IsCompacted ? "compact" : "delete";
}
