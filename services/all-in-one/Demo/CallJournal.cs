using System.Globalization;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// The demo's own count of calls, kept apart from the pipeline so that the two can be compared, also after kill -9: a line
/// `begin N` before a call is sent, `end N` after its reply was read to the end.
/// </summary>
/// <remarks>
/// Calls that began and never ended when the process was killed are cut off: whether the gateway had got them is for the
/// gateway to say. Written without fsync: it outlives the process, not the machine. Safe for all threads.
/// </remarks>
internal sealed class CallJournal : IDisposable
{
    /// <summary>The file is rewritten as sums beyond this size.</summary>
    private const long MaxBytes = 1024 * 1024;

    private readonly string _file;
    private readonly Lock _gate = new();
    private readonly SortedSet<long> _open = [];
    private readonly SortedSet<long> _cutOff = [];
    private StreamWriter _writer;
    private long _next = 1;

    private CallJournal(string file)
    {
        _file = file;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (File.Exists(file)) Read();
        _cutOff.UnionWith(_open);
        _open.Clear();
        _writer = Rewrite();
    }

    /// <summary>Calls whose reply was read to the end.</summary>
    public long Completed { get; private set; }

    /// <summary>Calls that broke off.</summary>
    public int CutOffCount
    {
        get { lock (_gate) return _cutOff.Count; }
    }

    public bool IsCutOff(string requestId)
    {
        lock (_gate) return _cutOff.Any(number => DemoCall.RequestIdOf(number) == requestId);
    }

    public static CallJournal Open(string file) => new(file);

    /// <returns>The call's number.</returns>
    public long Begin()
    {
        lock (_gate)
        {
            var number = _next++;
            _open.Add(number);
            Write($"begin {number}");
            return number;
        }
    }

    /// <summary>The reply was read to the end.</summary>
    public void End(long number)
    {
        lock (_gate)
        {
            _open.Remove(number);
            Completed++;
            Write($"end {number}");
            if (_writer.BaseStream.Length > MaxBytes) _writer = Rewrite();
        }
    }

    /// <summary>The call broke off: like one that a kill cut off, only the gateway knows whether it came to be.</summary>
    public void Break(long number)
    {
        lock (_gate)
        {
            _open.Remove(number);
            _cutOff.Add(number);
            Write($"cut {number}");
        }
    }

    public void Dispose()
    {
        lock (_gate) _writer.Dispose();
    }

    private void Write(string line)
    {
        _writer.Write(line + "\n");
        _writer.Flush();
    }

    private void Read()
    {
        foreach (var line in File.ReadLines(_file))
        {
            // The last line may be torn.
            if (line.Split(' ') is not [var verb, var text] || !long.TryParse(text, CultureInfo.InvariantCulture, out var number)) continue;
            _ = verb switch
            {
                "completed" => Completed = number,
                "next" => _next = number,
                "cut" => Cut(number),
                "begin" => Reopen(number),
                "end" => _open.Remove(number) ? ++Completed : Completed,
                _ => 0,
            };
        }
    }

    private long Reopen(long number)
    {
        _open.Add(number);
        return _next = Math.Max(_next, number + 1);
    }

    private long Cut(long number)
    {
        _open.Remove(number);
        _cutOff.Add(number);
        return number;
    }

    private StreamWriter Rewrite()
    {
        _writer?.Dispose();
        var next = _file + ".next";
        File.WriteAllLines(next, [
            $"completed {Completed}", $"next {_next}",
            .. _cutOff.Select(static number => $"cut {number}"), .. _open.Select(static number => $"begin {number}"),
        ]);
        File.Move(next, _file, overwrite: true);
        return new StreamWriter(new FileStream(_file, FileMode.Append, FileAccess.Write, FileShare.Read));
    }
}
