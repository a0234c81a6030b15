using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Cohere's <c>usage</c> (v2 chat) and <c>meta</c> (all others): <c>tokens</c> is what the models read and wrote, <c>billed_units</c>
/// what is paid: fewer tokens, because the chat template is not billed, or searches. Numbers may be written as floats.
/// </summary>
/// <remarks>
/// Images stand beside the input of <c>tokens</c> but in the billed input. The total of the event is the input that Cohere reports, here as
/// elsewhere; what does not fit into it shows as inconsistent.
/// </remarks>
internal static class CohereUsage
{
    private const string BilledUnits = "billed_units";

    public static void Read(JsonElement usage, UsageFigures into)
    {
        var tokens = UsageFigures.Child(usage, "tokens");
        var units = UsageFigures.Child(usage, BilledUnits);
        var billed = ReadBilled(units);
        into.IsSuspect |= billed.IsSuspect;
        into.Input = into.Count(tokens, "input_tokens") ?? billed.Input;
        into.Output = into.Count(tokens, "output_tokens") ?? billed.Output;
        into.InputImage = into.Count(tokens, "image_tokens") ?? (tokens.ValueKind == JsonValueKind.Object ? null : billed.InputImage);
        into.Reasoning = into.Count(tokens, "reasoning_tokens");
        into.CacheRead = into.Count(usage, "cached_tokens");
        if (billed.HasAny)
            into.Billed = [new BilledPass(BilledUnits, null, billed)];

        into.AddQuantity("search_units", UsageFigures.Number(units, "search_units"));
        into.AddQuantity("classifications", UsageFigures.Number(units, "classifications"));
        into.AddQuantity("images", UsageFigures.Number(units, "images"));
    }

    private static UsageFigures ReadBilled(JsonElement units)
    {
        var billed = new UsageFigures();
        billed.InputImage = billed.Count(units, "image_tokens");
        billed.Input = billed.Count(units, "input_tokens");
        if ((billed.Input ?? billed.InputImage) is not null)
            billed.Input = (billed.Input ?? 0) + (billed.InputImage ?? 0);
        billed.Output = billed.Count(units, "output_tokens");
        return billed;
    }
}
