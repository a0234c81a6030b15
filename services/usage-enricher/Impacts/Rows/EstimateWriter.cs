using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts.Rows;

/// <summary>Writes estimates as answers to their rows.</summary>
internal static class EstimateWriter
{
    private static readonly string[] Parts = ["energy", "gwp", "adpe", "pe", "wcf", "usage", "embodied"];

    /// <param name="warnings">Codes, those of the model before those of the zone; null = the row has none to tell.</param>
    public static void Estimate(this AnswerLines answers, JsonElement id, in ImpactEstimate estimate, IEnumerable<string>? warnings = null)
    {
        answers.Begin(id);
        var json = answers.Json;
        Range(json, "energy", estimate.Energy);
        Range(json, "gwp", estimate.Gwp);
        Range(json, "adpe", estimate.Adpe);
        Range(json, "pe", estimate.Pe);
        Range(json, "wcf", estimate.Wcf);
        json.WriteStartObject("usage");
        Range(json, "energy", estimate.Energy);
        Range(json, "gwp", estimate.UsageGwp);
        Range(json, "adpe", estimate.UsageAdpe);
        Range(json, "pe", estimate.UsagePe);
        Range(json, "wcf", estimate.Wcf);
        json.WriteEndObject();
        json.WriteStartObject("embodied");
        Range(json, "gwp", estimate.EmbodiedGwp);
        Range(json, "adpe", estimate.EmbodiedAdpe);
        Range(json, "pe", estimate.EmbodiedPe);
        json.WriteEndObject();
        if (warnings is not null)
        {
            json.WriteStartArray("warnings");
            foreach (var code in warnings) json.WriteStringValue(code);
            json.WriteEndArray();
            json.WriteStartArray("errors");
            json.WriteEndArray();
        }

        answers.End();
    }

    public static void Failed(this AnswerLines answers, JsonElement id, string code, string message)
    {
        answers.Begin(id);
        var json = answers.Json;
        foreach (var part in Parts) json.WriteNull(part);
        json.WriteStartArray("warnings");
        json.WriteEndArray();
        json.WriteStartArray("errors");
        json.WriteStartObject();
        json.WriteString("code", code);
        json.WriteString("message", message);
        json.WriteEndObject();
        json.WriteEndArray();
        answers.End();
    }

    public static void InvalidRow(this AnswerLines answers, long line, RowException refused)
    {
        answers.BeginInvalid(line);
        answers.Json.WriteString("member", refused.Member);
        answers.Json.WriteString("remedy", refused.Remedy);
        answers.End();
    }

    private static void Range(Utf8JsonWriter json, string name, ScenarioRange range)
    {
        json.WriteStartObject(name);
        json.WriteNumber("min", range.Min);
        json.WriteNumber("max", range.Max);
        json.WriteEndObject();
    }
}
