namespace Pipeline.BudgetWatcher.Rules;

/// <summary>Everything that is wrong with one file, each with its place, in the order of the file.</summary>
/// <param name="file">As the operator named it.</param>
internal sealed class FileProblems(string file)
{
    /// <summary>More than this many are one mistake seen many times.</summary>
    public const int Max = 50;

    private readonly List<(long Line, long Column, string Text)> _found = [];

    public bool HasAny => _found.Count > 0;

    /// <summary>`file:line:column: member: what is wrong and what to do`.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            var lines = _found.OrderBy(static one => one.Line).ThenBy(static one => one.Column).Select(one => $"{file}:{one.Line}:{one.Column}: {one.Text}").ToList();
            return lines.Count <= Max ? lines : [.. lines.Take(Max), $"{file}: and {lines.Count - Max} more"];
        }
    }

    public void Add(YamlNode at, string message) => Add(at.Line, at.Column, at.Path.Length == 0 ? message : $"{at.Path}: {message}");

    public void Add(long line, long column, string message) => _found.Add((line, column, message));
}
