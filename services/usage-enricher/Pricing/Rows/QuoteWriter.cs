using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.UsageEnricher.Pricing.Rows;

/// <summary>Writes answers as JSON lines, buffered up to <see cref="FlushAtBytes"/>.</summary>
internal sealed class QuoteWriter : IDisposable
{
    public const int FlushAtBytes = 64 * 1024;

    private readonly Stream _answers;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAtBytes);
    private readonly Utf8JsonWriter _json;

    public QuoteWriter(Stream answers)
    {
        _answers = answers;
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    public void Quote(JsonElement id, in PriceQuote quote)
    {
        _json.WriteStartObject();
        _json.WritePropertyName("id");
        if (id.ValueKind == JsonValueKind.Undefined) _json.WriteNullValue();
        else id.WriteTo(_json);

        if (quote.Fault == QuoteFault.None)
        {
            _json.WriteString("provider_id", quote.Provider);
            _json.WriteString("model_id", quote.Model);
            Price("input_price", quote.Input);
            Price("output_price", quote.Output);
            Price("total_price", quote.Total);
        }
        else
        {
            _json.WriteString("error", NameOf(quote.Fault));
        }

        EndLine();
    }

    public void InvalidRow(long line)
    {
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteNumber("line", line);
        _json.WriteString("error", "invalid_row");
        EndLine();
    }

    public void Flush()
    {
        if (_buffer.WrittenCount == 0) return;
        _answers.Write(_buffer.WrittenSpan);
        _answers.Flush();
        _buffer.ResetWrittenCount();
    }

    public void Dispose() => _json.Dispose();

    private void Price(string name, decimal price)
    {
        Span<byte> text = stackalloc byte[PlainDecimal.MaxLength];
        _json.WriteString(name, text[..PlainDecimal.Format(price, text)]);
    }

    private void EndLine()
    {
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushAtBytes) Flush();
    }

    private static string NameOf(QuoteFault fault) => fault switch
    {
        QuoteFault.ProviderNotFound => "provider_not_found",
        QuoteFault.ModelNotFound => "model_not_found",
        QuoteFault.InvalidUsage => "invalid_usage",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}
