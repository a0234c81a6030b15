namespace Pipeline.Kibana.Fields;

/// <summary>A field of the documents, and by its type what a panel can do with it. Made only by <see cref="Mapped"/>.</summary>
internal abstract record MappedField(string Path);

/// <summary>A number: summed, averaged, compared, ranked.</summary>
internal sealed record Measure(string Path) : MappedField(Path);

/// <summary>Words, flags or codes: grouped by, filtered by.</summary>
/// <param name="Type">As Kibana names it: string, boolean, number.</param>
internal sealed record Dimension(string Path, string Type) : MappedField(Path);

/// <summary>A moment.</summary>
internal sealed record Instant(string Path) : MappedField(Path);

/// <summary>A range of an estimate: never shown by one end only.</summary>
internal sealed record Estimate(Measure Min, Measure Max);

/// <summary>Looks fields up in the sink's mapping; one that is absent or of another kind ends the generator with its name.</summary>
internal static class Mapped
{
    public static Measure MeasureAt(string path) => new(Checked(path, "long", "double"));

    public static Estimate EstimateAt(string path) => new(MeasureAt(path + ".min"), MeasureAt(path + ".max"));

    public static Instant InstantAt(string path) => new(Checked(path, "date"));

    public static Dimension DimensionAt(string path) => new(Checked(path, "keyword", "boolean", "long"), SinkMapping.Types[path] switch
    {
        "boolean" => "boolean",
        "long" => "number",
        _ => "string",
    });

    private static string Checked(string path, params string[] types)
    {
        if (!SinkMapping.Types.TryGetValue(path, out var type)) throw new InvalidOperationException($"the sink's documents have no field {path}");
        return types.Contains(type)
            ? path
            : throw new InvalidOperationException($"{path} is mapped as {type}, needed is {string.Join(" or ", types)}");
    }
}
