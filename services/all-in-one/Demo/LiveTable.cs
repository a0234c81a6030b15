using System.Globalization;
using System.Text;
using System.Threading.Channels;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Demo;

/// <summary>
/// Cost and tokens by team and model, and budgets, in the terminal: painted over itself every second; a line every few seconds
/// where there is no terminal. Alerts are lines of their own that stay.
/// </summary>
internal sealed class LiveTable(
    DocumentView view, BudgetStandings budgets, ChannelReader<string> alerts, DemoTally tally, TextWriter output, bool isTerminal, TimeProvider time)
{
    private const int MaxRows = 24;
    private const int MaxBudgetRows = 5;
    private const int TicksPerLine = 5;
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private int _paintedLines;

    public async Task Run(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TickInterval, time);
        try
        {
            for (var tick = 1; await timer.WaitForNextTickAsync(stop); tick++)
            {
                ShowAlerts();
                if (isTerminal || tick % TicksPerLine == 0) Show();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ShowAlerts();
            Show();
        }
    }

    /// <summary>Above the table, which is painted anew below them.</summary>
    internal void ShowAlerts()
    {
        while (alerts.TryRead(out var alert))
        {
            output.Write(_paintedLines > 0 ? string.Create(CultureInfo.InvariantCulture, $"\u001b[{_paintedLines}A\u001b[J{alert}\n") : $"{alert}\n");
            _paintedLines = 0;
        }

        output.Flush();
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
        lines.AddRange(BudgetLines());
        lines.Add(summary);
        while (lines.Count < _paintedLines) lines.Add("");
        foreach (var line in lines) text.Append(line).Append("\u001b[K\n");
        _paintedLines = lines.Count;
        output.Write(text);
    }

    private List<string> BudgetLines()
    {
        var standings = budgets.Current().OrderByDescending(static one => one.Percent).ToList();
        var lines = standings.Take(MaxBudgetRows).Select(static one => string.Create(CultureInfo.InvariantCulture,
            $"{Cell(one.Budget, 12),-12} {Cell(string.Join(' ', one.Per.Values), 26),-26} {one.Percent,7:F1}% {one.Spent,12:0.######} of {one.Limit:0.######} {one.Unit.Symbol()}"
            + $"{string.Concat(one.FiredThresholds.Select(static percent => $"  {percent}%!"))}")).ToList();
        if (standings.Count > 0) lines.Insert(0, $"{"budget",-12} {"of",-26} {"spent",8}");
        if (standings.Count > MaxBudgetRows) lines.Add($"… {standings.Count - MaxBudgetRows} more in /usage");
        return lines;
    }

    /// <summary>Names come from callers: nothing that a terminal would act on is printed.</summary>
    public static string Shown(string text) => string.Concat(text.Select(static character => char.IsControl(character) ? '?' : character));

    private static string Cell(string? text, int width)
    {
        var shown = Shown(text ?? "-");
        return shown.Length <= width ? shown : shown[..(width - 1)] + "…";
    }
}
