using System.Text.Json;
using Pipeline.UsageEnricher.Impacts.Videos;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts.Rows;

/// <summary>
/// `usage-enricher impact`: rows in, one line per row out, in order.
/// <code>
///   {id, energy, gwp, adpe, pe, wcf, usage: {...}, embodied: {gwp, adpe, pe}, warnings, errors}   each figure {min, max}; null with an error
///   {id, energy, ..., embodied}                                                                    for a row with parameters of its own
///   {line, error: "invalid_row", member, remedy}                                                   a line that is no row; counts from 1
/// </code>
/// Units: kWh, kg CO2e, kg Sb eq, MJ, L; figures are written so that they read back as the same doubles. Blank lines are no rows. Written
/// lines are passed on whenever the input has to be waited for.
/// </summary>
/// <param name="own">The operator's own models, asked first; null = none.</param>
internal sealed class ImpactRowsCommand(ImpactData data, VideoData? videos = null, OwnModels? own = null)
{
    private const string ModelNotRegistered = "model-not-registered";

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
            try
            {
                Answer(line, output);
            }
            catch (RowException e)
            {
                output.InvalidRow(line.Number, e);
                unreadable++;
            }
        }

        output.Flush();
        return unreadable == 0 ? 0 : 1;
    }

    private void Answer(in RowLine line, AnswerLines output)
    {
        if (line.IsTooLong) throw new RowException(null, $"keep the line within {RowLines.MaxLineBytes} bytes");
        try
        {
            using var json = JsonDocument.Parse(line.Text);
            var row = json.RootElement;
            if (row.ValueKind != JsonValueKind.Object) throw new RowException(null, "write one JSON object a line");

            row.TryGetProperty("id", out var id);
            if (row.TryGetProperty("input", out var input)) output.Estimate(id, EstimateOwn(input));
            else if (row.TryGetProperty("video", out var video)) AnswerVideo(id, row, video, output);
            else AnswerNamed(id, ImpactRow.ReadNamed(row), output);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text with half of a surrogate pair.
            throw new RowException(null, "write one JSON object a line");
        }
    }

    private ImpactEstimate EstimateOwn(JsonElement input)
    {
        var request = ImpactRow.ReadOwn(input, data.Constants, out var formulas);
        var estimate = formulas.Estimate(request);
        return estimate.IsFinite ? estimate : throw new RowException("input", "take figures whose impacts are numbers: these are too large together");
    }

    /// <summary>The model is looked for before the zone, so that only one error is told.</summary>
    private void AnswerNamed(JsonElement id, in NamedRow row, AnswerLines output)
    {
        var operators = own?.Find(row.Provider, row.Model);
        if ((operators?.Model ?? data.FindModel(row.Provider, row.Model)) is not { } model)
        {
            output.Failed(id, ModelNotRegistered, $"Could not find model `{row.Model}` for {row.Provider} provider.");
            return;
        }

        var centre = operators?.Centre ?? data.CentreOf(model);
        if (FindMix(id, row.Zone ?? centre.Zone ?? ImpactData.World, output) is not { } mix) return;
        var estimate = (operators?.Formulas ?? data.Formulas).Estimate(TextRequest.Of(model, centre, mix, row.OutputTokens, row.LatencySeconds));
        output.Estimate(id, estimate, model.Warnings.Union(mix.Warnings));
    }

    private void AnswerVideo(JsonElement id, JsonElement row, JsonElement video, AnswerLines output)
    {
        var name = RowMember.Of(row, "model").Text();
        var (request, zone) = ImpactRow.ReadVideo(row, video);
        if ((videos ?? VideoData.Embedded).Find(name) is not { } model)
        {
            output.Failed(id, ModelNotRegistered, $"Could not find video model `{name}`.");
            return;
        }

        if (FindMix(id, zone ?? model.Centre.Zone!, output) is not { } mix) return;
        var estimate = VideoFormulas.Estimate(model, request, mix, data.Constants.ServerLifetime);
        if (!estimate.IsFinite) throw new RowException("video", "take figures whose impacts are numbers: these are too large together");
        output.Estimate(id, estimate, mix.Warnings);
    }

    /// <returns>Null when there is none, which is then answered.</returns>
    private ElectricityMix? FindMix(JsonElement id, string zone, AnswerLines output)
    {
        if (data.FindMix(zone) is { } mix) return mix;
        output.Failed(id, "zone-not-registered", $"Could not find electricity mix for `{zone}` zone.");
        return null;
    }
}
