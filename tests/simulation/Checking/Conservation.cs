using System.Globalization;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.Processes;
using Pipeline.Simulation.Tests.Work;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Checking;

/// <summary>
/// The conservation equations, as sets of event ids:
/// <code>
/// accepted = raw + refused at shipping      raw = enriched + dead at enricher      enriched = indexed + dead at sink + expired
/// </code>
/// and the money of the aggregates is the money of the events, to the last digit.
/// </summary>
internal static class Conservation
{
    public static void Check(SimulatedWorld world)
    {
        var raw = TopicContents.Of<LLMUsageAudit>(world.Cluster, Topics.UsageRaw);
        var usage = TopicContents.Of<LlmUsage>(world.Cluster, Topics.Usage);
        Accepted(world, raw.ConvertAll(static one => one.Value));
        Sequences(world, raw.ConvertAll(static one => one.Value));
        Enriched(world, raw, usage);
        Indexed(world, [.. usage.GroupBy(static one => one.Value.EventId).Select(static revisions => revisions.MaxBy(static one => one.Value.Revision))]);
        Money.Check(world, usage.ConvertAll(static one => one.Value));
        Bookings.Check(world, usage.ConvertAll(static one => one.Value));
        NoneDeadAtTheWatcher(world);
        BudgetSums.Check(world);
        Alerts.Check(world);
    }

    private static void Accepted(SimulatedWorld world, List<LLMUsageAudit> raw)
    {
        const string Equation = "accepted = raw + refused at shipping";
        var known = world.Attempts.ToDictionary(static attempt => attempt.Id);
        var shipped = TopicContents.Distinct(Equation, raw.Select(static audit => audit.EventId));
        foreach (var audit in raw)
        {
            if (!known.TryGetValue(audit.EventId, out var attempt)) throw new ViolationException(Equation, $"{audit.EventId} was never begun");
            if (world.Unshippable.Contains(audit.EventId)) throw new ViolationException(Equation, $"{audit.EventId} is in raw although the broker refuses it");
            var found = audit.Outcome == Outcome.Interrupted ? Ends.Interrupted : Ends.Event;
            if (found == Ends.Interrupted) world.Note(Happening.Interrupted);
            if (!attempt.Allowed.HasFlag(found)) throw new ViolationException(Equation, $"{attempt} is in raw as {found}");
            var expected = (found == Ends.Event ? attempt.Event! : attempt.Opening) with { Edge = audit.Edge };
            if (!SameBytes(expected, audit)) throw new ViolationException(Equation, $"{attempt} is in raw with other content");
            if (audit.Edge.Epoch != attempt.Epoch.ToString("N") || (attempt.Sequence is { } sequence && sequence != audit.Edge.Sequence))
                throw new ViolationException("an event's place in its edge's ledger is its own", $"{attempt} is in raw as epoch {audit.Edge.Epoch}, sequence {audit.Edge.Sequence}");
        }

        var lost = world.Attempts.Where(attempt => !shipped.Contains(attempt.Id) && !world.Unshippable.Contains(attempt.Id) && !attempt.Allowed.HasFlag(Ends.Absent)).ToList();
        if (lost.Count > 0) throw new ViolationException(Equation, $"lost: {TopicContents.Some(lost)}");
    }

    /// <summary>Nothing that the pipeline makes itself is a dead letter of the pipeline.</summary>
    private static void NoneDeadAtTheWatcher(SimulatedWorld world)
    {
        foreach (var topic in new[] { Topics.Aggregates, Topics.BudgetSpend })
            if (TopicContents.DeadLetters(world.Cluster, topic) is { Count: > 0 } dead)
                throw new ViolationException("no dead letters at the watcher", $"{topic}: {TopicContents.Some(dead)}");
    }

    private static bool SameBytes(LLMUsageAudit one, LLMUsageAudit other)
    {
        using var writer = new Schemas.Avro.AvroWriter();
        one.Write(writer);
        var bytes = writer.WrittenSpan.ToArray();
        writer.Reset();
        other.Write(writer);
        return writer.WrittenSpan.SequenceEqual(bytes);
    }

    /// <summary>From the records alone: below the highest sequence of an epoch only counted losses are missing.</summary>
    private static void Sequences(SimulatedWorld world, List<LLMUsageAudit> raw)
    {
        const string Equation = "edge sequences have no holes but counted ones";
        TopicContents.Distinct(Equation, raw.Select(static audit => (audit.Edge.Epoch, audit.Edge.Sequence)));
        foreach (var edge in world.Processes.OfType<EdgeProcess>())
        {
            foreach (var epoch in edge.Attempts.GroupBy(static attempt => attempt.Epoch))
            {
                var name = epoch.Key.ToString("N");
                var present = raw.Where(audit => audit.Edge.Epoch == name).Select(static audit => audit.Edge.Sequence)
                    .Concat(epoch.Where(attempt => world.Unshippable.Contains(attempt.Id) && attempt.Sequence is not null).Select(static attempt => attempt.Sequence!.Value)).ToHashSet();
                if (present.Count == 0) continue;
                // What lost power may have taken with it, and the attempts that were in the call when it was killed.
                var excused = epoch.Count(attempt => !present.Contains(attempt.Sequence ?? -1) && attempt.Allowed.HasFlag(Ends.Absent));
                var holes = present.Max() + 1 - present.Count;
                if (holes > excused) throw new ViolationException(Equation, $"epoch {name} of {edge.Name} has {holes} holes, {edge.LostEvents.GetValueOrDefault(epoch.Key)} counted");
            }
        }
    }

    private static void Enriched(SimulatedWorld world, List<(LogRecord Record, LLMUsageAudit Value)> raw, List<(LogRecord Record, LlmUsage Value)> usage)
    {
        const string Equation = "raw = enriched + dead at enricher";
        var everything = world.Cluster.Records(Topics.UsageRaw).Select(static record => (record.Source, record.Offset));
        TopicContents.Distinct("no revision of an event twice", usage.Select(static one => (one.Value.EventId, one.Value.Revision)));
        usage = [.. usage.Where(static one => one.Value.Revision == 1)];
        var enriched = usage.Select(static one => (new TopicPartition(one.Value.Raw.Topic, one.Value.Raw.Partition), one.Value.Raw.Offset));
        var dead = TopicContents.DeadLetters(world.Cluster, Topics.UsageRaw).ConvertAll(static one => (one.Partition, one.Offset));
        TopicContents.RequireEqual(Equation, everything, enriched.Concat(dead));
        TopicContents.RequireEqual(Equation, raw.Select(static one => one.Value.EventId), usage.Select(static one => one.Value.EventId));
    }

    private static void Indexed(SimulatedWorld world, List<(LogRecord Record, LlmUsage Value)> usage)
    {
        const string Equation = "enriched = indexed + dead at sink + expired";
        var oldest = DateOnly.FromDateTime(world.Time.Now.UtcDateTime).AddDays(-world.RetentionDays);
        var dead = TopicContents.DeadLetters(world.Cluster, Topics.Usage).Select(static one => (one.Partition, one.Offset)).ToHashSet();
        var documents = world.Store.Documents;
        foreach (var (record, value) in usage)
        {
            var isDead = dead.Contains((record.Source, record.Offset));
            if (isDead != world.Store.Unstorable.Contains(value.EventId) && !IsExpired(value)) throw new ViolationException(Equation, $"{value.EventId} is {(isDead ? "" : "not ")}dead at the sink");
            if (!isDead && !documents.ContainsKey(value.EventId) && IsExpired(value)) world.Note(Happening.Expired);
            if (isDead || (!documents.ContainsKey(value.EventId) && IsExpired(value))) continue;
            if (!documents.TryGetValue(value.EventId, out var document)) throw new ViolationException(Equation, $"{value.EventId} is in no index");
            if (document.Index != "llm-usage-" + value.EventTime.ToString("yyyy.MM.dd", CultureInfo.InvariantCulture)) throw new ViolationException(Equation, $"{value.EventId} is in {document.Index}");
            var text = document.NetTotalText is null ? (decimal?)null : decimal.Parse(document.NetTotalText, CultureInfo.InvariantCulture);
            if (text != value.Cost.NetTotal) throw new ViolationException("documents' decimal strings are the events' money", $"{value.EventId}: {document.NetTotalText}, not {value.Cost.NetTotal}");
        }

        var events = usage.Select(static one => one.Value.EventId).ToHashSet();
        var strange = documents.Keys.Where(id => !events.Contains(id)).ToList();
        if (strange.Count > 0) throw new ViolationException(Equation, $"documents without event: {TopicContents.Some(strange)}");

        bool IsExpired(LlmUsage value) => DateOnly.FromDateTime(value.EventTime.UtcDateTime) < oldest;
    }
}
