namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>
/// Says when files have changed and have stopped changing: a change counts once two looks in a row find the same, so that a file which is being
/// written is left alone. A change counts once, whatever then comes of reading it. Not for use by two threads.
/// </summary>
/// <param name="paths">Files, which need not exist, or folders, whose *.jsonl files count.</param>
internal sealed class WatchedFiles(IReadOnlyList<string> paths)
{
    private string _taken = Mark(paths);
    private string? _seen;

    /// <summary>Looks at the files.</summary>
    /// <exception cref="IOException">A folder cannot be listed.</exception>
    public bool HaveChanged()
    {
        var found = Mark(paths);
        if (found == _taken || found != _seen)
        {
            _seen = found;
            return false;
        }

        _taken = found;
        return true;
    }

    /// <summary>Path, length and time of each file.</summary>
    private static string Mark(IReadOnlyList<string> paths)
    {
        var files = paths
            .SelectMany(static path => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.jsonl", SearchOption.AllDirectories) : [path])
            .Order(StringComparer.Ordinal)
            .Select(static path => new FileInfo(path));
        return string.Join('\n', files.Select(static file => $"{file.FullName} {(file.Exists ? file.Length : -1)} {file.LastWriteTimeUtc.Ticks}"));
    }
}
