using System.Text.RegularExpressions;

namespace Pipeline.Infra.Tests.Prometheus;

/// <summary>
/// What queries may name: metrics of the code and recorded ones, their labels, and values that the code gives. Quoted text is looked at only as a label's value.
/// </summary>
/// <param name="Records">Recorded names with their expressions.</param>
internal sealed partial record QueryRules(IReadOnlyDictionary<string, string> Records)
{
    /// <summary>Labels that scraping adds, and a histogram's own.</summary>
    private static readonly HashSet<string> AlwaysThere = ["job", "instance", "le"];

    public IEnumerable<string> Findings(string query)
    {
        foreach (Match found in Series().Matches(WithoutText(query)))
            if (LabelsOf(found.Value) is null && found.Value != "up") yield return $"no code makes {found.Value}: {query}";

        foreach (Match selector in Selector().Matches(query))
        foreach (Match matcher in Matcher().Matches(selector.Groups["matchers"].Value))
        {
            var (name, label, value) = (selector.Groups["name"].Value, matcher.Groups["label"].Value, matcher.Groups["value"].Value);
            if (!AlwaysThere.Contains(label) && LabelsOf(name)?.Contains(label) == false) yield return $"{name} has no label {label}: {query}";
            if (MetricTable.ValuesOf(name, label) is not { } values || value.StartsWith('$')) continue;
            foreach (var one in value.Split('|'))
                if (!values.Contains(one)) yield return $"{name} never has {label}=\"{one}\": {query}";
        }

        var known = KnownLabels(query);
        foreach (Match grouping in Grouping().Matches(WithoutText(query)))
        foreach (var label in grouping.Groups["labels"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (!known.Contains(label)) yield return $"nothing here has the label {label}: {query}";
    }

    /// <summary>Every label that a metric of the query has.</summary>
    public IReadOnlySet<string> KnownLabels(string query) =>
        Series().Matches(WithoutText(query)).SelectMany(found => LabelsOf(found.Value) ?? []).Concat(AlwaysThere).ToHashSet();

    private IReadOnlyCollection<string>? LabelsOf(string name) =>
        Records.TryGetValue(name, out var query) ? [.. KnownLabels(query)] : MetricTable.Find(name)?.Labels.ToArray();

    private static string WithoutText(string query) => Quoted().Replace(query, "\"\"");

    [GeneratedRegex(@"\bpipeline[_:][A-Za-z0-9_:]+|\bup\b")]
    private static partial Regex Series();

    [GeneratedRegex(@"(?<name>\bpipeline[_:][A-Za-z0-9_:]+)\s*\{(?<matchers>[^}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex("(?<label>\\w+)\\s*(=~|!~|!=|=)\\s*\"(?<value>[^\"]*)\"")]
    private static partial Regex Matcher();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\((?<labels>[\w\s,]*)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quoted();
}
