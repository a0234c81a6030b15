using System.Globalization;
using System.Text;
using Pipeline.EsSink.Viewing;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// Cost and tokens by team and model in the terminal: painted over itself every second; a line every few seconds where there
/// is no terminal.
/// </summary>
internal sealed class LiveTable(DocumentView view, DemoTally tally, TextWriter output, bool isTerminal, TimeProvider time)
{
    private const int MaxRows = 24;
    private static readonly TimeSpan RepaintInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(5);

    private int _paintedLines;

    public async Task Run(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(isTerminal ? RepaintInterval : LineInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop)) Show();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Show();
        }
    }

    internal void Show()
    {
        var (made, events, cutOff) = tally.Read();
        var groups = view.Sum(DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
        var total = groups.Aggregate(default(UsageSums), static (sum, group) => sum + group.Sums);
        var summary = string.Create(CultureInfo.InvariantCulture,
            $"calls made {made}  events {events}  tokens {total.Tokens:N0}  cost {total.Cost:F6} USD  unpriced {total.Unpriced}")
            + (cutOff > 0 ? $"  (cut off {cutOff})" : "");
        if (isTerminal) Paint(groups, summary);
        else output.WriteLine($"{time.GetUtcNow():HH:mm:ss} {summary}");
        output.Flush();
    }

    private void Paint(IReadOnlyList<UsageGroup> groups, string summary)
    {
        var text = new StringBuilder();
        if (_paintedLines > 0) text.Append(CultureInfo.InvariantCulture, $"\u001b[{_paintedLines}A");
        var lines = new List<string> { $"{"team",-12} {"model",-26} {"calls",8} {"tokens",12} {"cost USD",14} {"unpriced",9}" };
        foreach (var (key, sums) in groups.Take(MaxRows))
            lines.Add(string.Create(CultureInfo.InvariantCulture,
                $"{Cell(key.Team, 12),-12} {Cell(key.Model, 26),-26} {sums.Calls,8} {sums.Tokens,12:N0} {sums.Cost,14:F6} {sums.Unpriced,9}"));
        if (groups.Count > MaxRows) lines.Add($"… {groups.Count - MaxRows} more in /usage");
        lines.Add(summary);
        while (lines.Count < _paintedLines) lines.Add("");
        foreach (var line in lines) text.Append(line).Append("\u001b[K\n");
        _paintedLines = lines.Count;
        output.Write(text);
    }

    /// <summary>Names come from callers: nothing that a terminal would act on is printed.</summary>
    private static string Cell(string? text, int width)
    {
        var shown = string.Concat((text ?? "-").Select(static character => char.IsControl(character) ? '?' : character));
        return shown.Length <= width ? shown : shown[..(width - 1)] + "…";
    }
}
