using Pipeline.Runtime.Hosting;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>The members of one mapping by name. Unknown and repeated ones are problems of their own, as are values of the wrong shape.</summary>
internal sealed class MemberReader
{
    private readonly YamlMap _map;
    private readonly FileProblems _problems;
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);

    /// <param name="known">Names that may be given; null = any.</param>
    public MemberReader(YamlMap map, FileProblems problems, IReadOnlyCollection<string>? known)
    {
        (_map, _problems) = (map, problems);
        foreach (var member in map.Members)
        {
            if (known is not null && !known.Contains(member.Name)) ReportUnknown(member, known);
            else if (!_values.TryAdd(member.Name, member.Value))
                problems.Add(member.Key, $"given twice, first in line {_values[member.Name].Line}; keep one");
        }
    }

    /// <summary>Each name once, in the order of the file.</summary>
    public IEnumerable<YamlMember> All => _map.Members.Where(member => _values.TryGetValue(member.Name, out var value) && ReferenceEquals(value, member.Value));

    public YamlNode? Find(string name) => _values.GetValueOrDefault(name);

    /// <param name="remedy">What to give.</param>
    public YamlNode? Require(string name, string remedy)
    {
        if (_values.TryGetValue(name, out var value)) return value;
        _problems.Add(_map, $"{name} is missing; {remedy}");
        return null;
    }

    /// <returns>Null when it is not given, or reported as something else than one value.</returns>
    public YamlScalar? FindText(string name) => Find(name) is { } value ? Text(value, _problems) : null;

    public YamlScalar? RequireText(string name, string remedy) => Require(name, remedy) is { } value ? Text(value, _problems) : null;

    /// <summary>The value as one text that is not empty.</summary>
    public static YamlScalar? Text(YamlNode value, FileProblems problems)
    {
        if (value is YamlScalar { Text.Length: > 0 } scalar) return scalar;
        problems.Add(value, value is YamlScalar ? "has no value; give one or take the line out" : "takes one value, neither a list nor members");
        return null;
    }

    /// <summary>The value as a list of texts; one text stands for a list of it.</summary>
    public static IReadOnlyList<YamlScalar> Texts(YamlNode value, FileProblems problems)
    {
        var items = value is YamlList list ? list.Items : [value];
        var texts = new List<YamlScalar>();
        foreach (var item in items)
        {
            if (Text(item, problems) is not { } text) continue;
            if (texts.Any(earlier => earlier.Text == text.Text)) problems.Add(item, $"'{text.Text}' is given twice; keep one");
            else texts.Add(text);
        }

        return texts;
    }

    /// <summary>The value as a mapping.</summary>
    public static YamlMap? Map(YamlNode value, FileProblems problems, string example)
    {
        if (value is YamlMap map) return map;
        problems.Add(value, $"takes members, such as {example}");
        return null;
    }

    /// <summary>"did you mean X?", or what there is to choose from.</summary>
    public static string Suggest(string given, IEnumerable<string> known) =>
        NearestName.Of(given, known) is { } nearest ? $"did you mean {nearest}?" : $"known here: {string.Join(", ", known)}";

    private void ReportUnknown(YamlMember member, IReadOnlyCollection<string> known) =>
        _problems.Add(member.Key, $"unknown member; {Suggest(member.Name, known)}");
}
