using System.Text.Json;
using Pipeline.Runtime;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Rows;

/// <summary>Writes quotes as answers to their rows.</summary>
internal static class QuoteWriter
{
    public static void Quote(this AnswerLines answers, JsonElement id, in PriceQuote quote)
    {
        answers.Begin(id);
        if (quote.Fault == QuoteFault.None)
        {
            answers.Json.WriteString("provider_id", quote.Provider);
            answers.Json.WriteString("model_id", quote.Model);
            Price(answers.Json, "input_price", quote.Input);
            Price(answers.Json, "output_price", quote.Output);
            Price(answers.Json, "total_price", quote.Total);
        }
        else
        {
            answers.Json.WriteString("error", NameOf(quote.Fault));
        }

        answers.End();
    }

    private static void Price(Utf8JsonWriter json, string name, decimal price)
    {
        Span<byte> text = stackalloc byte[PlainDecimal.MaxBytes];
        json.WriteString(name, text[..PlainDecimal.Format(price, text)]);
    }

    private static string NameOf(QuoteFault fault) => fault switch
    {
        QuoteFault.ProviderNotFound => "provider_not_found",
        QuoteFault.ModelNotFound => "model_not_found",
        QuoteFault.InvalidUsage => "invalid_usage",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}
