using System.Text.Json.Nodes;
using Pipeline.Kibana.Panels;

namespace Pipeline.Kibana.Lens;

/// <summary>Number formats as Lens stores them; patterns are numeral.js ones, digits in brackets optional.</summary>
internal static class Formats
{
    public static JsonObject Of(NumberFormat format) => format switch
    {
        NumberFormat.Whole => Format("number", new JsonObject { ["decimals"] = 0 }),
        NumberFormat.Percent => Format("percent", new JsonObject { ["decimals"] = 1 }),
        NumberFormat.Duration => Format("duration", new JsonObject { ["decimals"] = 0, ["fromUnit"] = "microseconds", ["toUnit"] = "asMilliseconds" }),
        NumberFormat.Dollars => Pattern("$0,0.00[00]", 2),
        NumberFormat.Money => Pattern("0,0.00[00]", 2),
        NumberFormat.Quantity => Pattern("0,0.000[000]", 3),
        _ => throw new InvalidOperationException($"no format for {format}"),
    };

    private static JsonObject Pattern(string pattern, int decimals) => Format("custom", new JsonObject { ["decimals"] = decimals, ["pattern"] = pattern });

    private static JsonObject Format(string id, JsonObject parameters) => new() { ["id"] = id, ["params"] = parameters };
}
