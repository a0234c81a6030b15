using System.Globalization;
using System.Text.Json;
using Pipeline.Runtime;

namespace Pipeline.UsageEnricher.Repricing;

/// <summary>Prints differences, decimals in full: as a table, or as one JSON object a line with decimals as strings.</summary>
internal static class DifferenceReport
{
    private static readonly string[] Heads =
        ["team", "model", "currency", "events", "list before", "list after", "list difference", "net before", "net after", "net difference", "unknown before", "unknown after"];

    /// <summary>Columns of text stand at the left, figures at the right.</summary>
    private const int TextColumns = 3;

    public static void WriteTable(Differences differences, TextWriter output)
    {
        var lines = new List<string[]> { Heads };
        lines.AddRange(differences.Rows.Select(static row => Cells(row.Key.Team ?? "-", row.Key.Model ?? "-", row.Key.Currency, row.Row)));
        foreach (var currency in differences.Rows.GroupBy(static row => row.Key.Currency))
            lines.Add(Cells("total", "", currency.Key, currency.Aggregate(default(Difference), static (sum, row) => sum + row.Row)));
        var widths = Heads.Select((_, column) => lines.Max(line => line[column].Length)).ToArray();
        foreach (var line in lines)
            output.WriteLine(string.Join("  ", line.Select((cell, column) => column < TextColumns ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd());
    }

    public static void WriteJson(Differences differences, TextWriter output)
    {
        foreach (var (key, row) in differences.Rows)
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer))
            {
                json.WriteStartObject();
                json.WriteString("team", key.Team);
                json.WriteString("model", key.Model);
                json.WriteString("currency", key.Currency);
                json.WriteNumber("events", row.Events);
                json.WriteString("list_before", PlainDecimal.Of(row.ListBefore));
                json.WriteString("list_after", PlainDecimal.Of(row.ListAfter));
                json.WriteString("list_difference", PlainDecimal.Of(row.ListAfter - row.ListBefore));
                json.WriteString("net_before", PlainDecimal.Of(row.NetBefore));
                json.WriteString("net_after", PlainDecimal.Of(row.NetAfter));
                json.WriteString("net_difference", PlainDecimal.Of(row.NetAfter - row.NetBefore));
                json.WriteNumber("unknown_before", row.UnknownBefore);
                json.WriteNumber("unknown_after", row.UnknownAfter);
                json.WriteEndObject();
            }

            output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
        }
    }

    private static string[] Cells(string team, string model, string currency, in Difference row) =>
    [
        Visible(team), Visible(model), Visible(currency), Count(row.Events),
        PlainDecimal.Of(row.ListBefore), PlainDecimal.Of(row.ListAfter), PlainDecimal.Of(row.ListAfter - row.ListBefore),
        PlainDecimal.Of(row.NetBefore), PlainDecimal.Of(row.NetAfter), PlainDecimal.Of(row.NetAfter - row.NetBefore),
        Count(row.UnknownBefore), Count(row.UnknownAfter),
    ];

    private static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);

    /// <summary>Names come from requests: a terminal must not take them for commands.</summary>
    private static string Visible(string name) => string.Concat(name.Select(static character => char.IsControl(character) ? '?' : character));
}
