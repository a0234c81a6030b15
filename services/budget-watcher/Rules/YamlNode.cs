namespace Pipeline.BudgetWatcher.Rules;

/// <summary>A part of a YAML file with its place, so that a problem can name it.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
/// <param name="Path">Such as `budgets[0].scope.team`; empty for the file itself.</param>
internal abstract record YamlNode(long Line, long Column, string Path);

internal sealed record YamlScalar(long Line, long Column, string Path, string Text) : YamlNode(Line, Column, Path);

internal sealed record YamlList(long Line, long Column, string Path, IReadOnlyList<YamlNode> Items) : YamlNode(Line, Column, Path);

internal sealed record YamlMap(long Line, long Column, string Path, IReadOnlyList<YamlMember> Members) : YamlNode(Line, Column, Path);

/// <param name="Key">Where the name stands.</param>
internal readonly record struct YamlMember(YamlScalar Key, YamlNode Value)
{
    public string Name => Key.Text;
}
