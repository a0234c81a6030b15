using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Rows;

/// <summary>
/// `usage-enricher price`: rows in, one line per row out, in order.
/// <code>
///   {id, provider_id, model_id, input_price, output_price, total_price}   plain decimal texts, unrounded
///   {id, error}                                                           provider_not_found, model_not_found, invalid_usage
///   {line, error: "invalid_row"}                                          a line that is no row; counts from 1
/// </code>
/// Blank lines are no rows. Written lines are passed on whenever the input has to be waited for.
/// </summary>
public sealed class PriceRowsCommand(Catalogue catalogue)
{
    private readonly RowPricer _pricer = new(catalogue);

    /// <returns>Exit code: 0, or 1 when a line was no row.</returns>
    public int Run(Stream rows, Stream answers)
    {
        var lines = new RowLines(rows);
        using var output = new AnswerLines(answers);
        var unreadable = 0;
        while (true)
        {
            if (lines.WouldWait) output.Flush();
            if (!lines.TryRead(out var line)) break;
            if (line.IsBlank) continue;
            if (TryAnswer(line, output)) continue;
            output.BeginInvalid(line.Number);
            output.End();
            unreadable++;
        }

        output.Flush();
        return unreadable == 0 ? 0 : 1;
    }

    private bool TryAnswer(in RowLine line, AnswerLines output)
    {
        if (line.IsTooLong) return false;
        try
        {
            using var json = JsonDocument.Parse(line.Text);
            if (!PriceRow.TryRead(json.RootElement, out var row)) return false;
            var quote = _pricer.Price(row);
            output.Quote(row.Id, quote);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text with half of a surrogate pair.
            return false;
        }
    }
}
