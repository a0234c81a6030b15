using System.Globalization;
using System.Text;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;
using Pipeline.Simulation.Tests.Log;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Checking;

/// <summary>What committed readers find in the topics, read apart from any service.</summary>
internal static class TopicContents
{
    /// <summary>Records that can be read as the given type, with where they are; what cannot be read is left out.</summary>
    public static List<(LogRecord Record, T Value)> Of<T>(SimulatedCluster cluster, string topic)
        where T : class, IAvroRecord<T>
    {
        var found = new List<(LogRecord, T)>();
        foreach (var record in cluster.Records(topic))
            if (Read<T>(record) is { } value) found.Add((record, value));
        return found;
    }

    public static T? Read<T>(LogRecord record)
        where T : class, IAvroRecord<T> =>
        ConfluentFrame.TryRead(record.Value.Span, out _, out var body) && AvroBody.TryRead<T>(body, out var value) ? value : null;

    /// <summary>Where the dead letters of a topic came from, with the reason.</summary>
    public static List<(TopicPartition Partition, long Offset, string Reason)> DeadLetters(SimulatedCluster cluster, string topic) =>
    [
        .. cluster.Records(Topics.DeadLetter(topic)).Select(static record => (
            new TopicPartition(Header(record, DeadLetterRecord.Topic), int.Parse(Header(record, DeadLetterRecord.Partition), CultureInfo.InvariantCulture)),
            long.Parse(Header(record, DeadLetterRecord.Offset), CultureInfo.InvariantCulture),
            Header(record, DeadLetterRecord.Reason))),
    ];

    /// <summary>Both sets must be equal, and nothing may be in either of them twice.</summary>
    public static void RequireEqual<T>(string equation, IEnumerable<T> left, IEnumerable<T> right)
        where T : notnull
    {
        var (ones, others) = (Distinct(equation, left), Distinct(equation, right));
        var missing = ones.Where(one => !others.Contains(one)).ToList();
        var added = others.Where(one => !ones.Contains(one)).ToList();
        if (missing.Count + added.Count > 0) throw new ViolationException(equation, $"only left: {Some(missing)}; only right: {Some(added)}");
    }

    public static HashSet<T> Distinct<T>(string equation, IEnumerable<T> items)
        where T : notnull
    {
        var (seen, twice) = (new HashSet<T>(), new List<T>());
        foreach (var item in items)
            if (!seen.Add(item)) twice.Add(item);
        if (twice.Count > 0) throw new ViolationException(equation, $"more than once: {Some(twice)}");
        return seen;
    }

    public static string Some<T>(IReadOnlyCollection<T> items) =>
        items.Count == 0 ? "none" : string.Join(", ", items.Take(5)) + (items.Count > 5 ? $" and {items.Count - 5} more" : "");

    private static string Header(LogRecord record, string name) =>
        Encoding.UTF8.GetString(record.Headers.Single(header => header.Name == name).Value.Span);
}
