using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Content;

/// <summary>A text ready to be kept.</summary>
internal readonly record struct RedactedText(string? Text, bool IsCut);

/// <summary>
/// Copies a JSON document with every text in it redacted: each is decoded first, so that no escape hides anything, and redacted as a whole.
/// </summary>
internal sealed class JsonTexts(Redaction redaction, int maxBytes)
{
    private static readonly JsonWriterOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const string Omitted = "[omitted]";

    /// <summary>Deeper documents are not captured.</summary>
    private const int MaxDepth = 64;

    /// <param name="isCut">The document goes on behind the bytes at hand.</param>
    /// <returns>Null as text when it is no JSON.</returns>
    public RedactedText Redact(ReadOnlySpan<byte> json, bool isCut, ref long redactions)
    {
        var output = new ArrayBufferWriter<byte>(Math.Min(json.Length + 256, 2 * maxBytes));
        using var writer = new Utf8JsonWriter(output, Plainly);
        var reader = new Utf8JsonReader(json, isFinalBlock: !isCut, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth }));
        var isFull = false;
        try
        {
            var isCutThroughTokens = false;
            while (!isFull && !isCutThroughTokens && reader.Read())
            {
                var repeats = reader.TokenType == JsonTokenType.PropertyName && RepeatsText(ref reader);
                Copy(ref reader, writer, ref redactions);
                if (repeats && reader.Read()) isCutThroughTokens = !TryOmit(ref reader, writer, ref redactions);
                isFull = writer.BytesPending + writer.BytesCommitted > maxBytes;
            }

            if (isCut && !isFull && !isCutThroughTokens) CopyUnfinished(json[(int)reader.BytesConsumed..], writer, ref redactions);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return default;
        }

        writer.Flush();
        return Cut(output.WrittenSpan, maxBytes, isCut || isFull);
    }

    /// <summary>At most so many bytes, without a broken character at the end.</summary>
    public static RedactedText Cut(ReadOnlySpan<byte> utf8, int maxBytes, bool isCut)
    {
        if (utf8.Length > maxBytes)
        {
            var end = maxBytes;
            while (end > 0 && (utf8[end] & 0xc0) == 0x80) end--;
            return new(Encoding.UTF8.GetString(utf8[..end]), true);
        }

        return new(Encoding.UTF8.GetString(utf8), isCut);
    }

    /// <summary>Log probabilities say the text a second time, token by token: no expression would find a secret there.</summary>
    private static bool RepeatsText(ref Utf8JsonReader reader) => reader.ValueTextEquals("logprobs"u8) || reader.ValueTextEquals("top_logprobs"u8)
        || reader.ValueTextEquals("prompt_logprobs"u8) || reader.ValueTextEquals("logprobsResult"u8);

    /// <returns>False: the document is cut before the value's end.</returns>
    private bool TryOmit(ref Utf8JsonReader reader, Utf8JsonWriter writer, ref long redactions)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            Copy(ref reader, writer, ref redactions);
            return true;
        }

        writer.WriteStringValue(Omitted);
        return reader.TrySkip();
    }

    private void Copy(ref Utf8JsonReader reader, Utf8JsonWriter writer, ref long redactions)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject: writer.WriteStartObject(); break;
            case JsonTokenType.EndObject: writer.WriteEndObject(); break;
            case JsonTokenType.StartArray: writer.WriteStartArray(); break;
            case JsonTokenType.EndArray: writer.WriteEndArray(); break;
            case JsonTokenType.PropertyName: writer.WritePropertyName(Redacted(reader.GetString()!, false, ref redactions)); break;
            case JsonTokenType.String: writer.WriteStringValue(Redacted(reader.GetString()!, false, ref redactions)); break;
            case JsonTokenType.Number: CopyNumber(Encoding.ASCII.GetString(reader.ValueSpan), writer, ref redactions); break;
            case JsonTokenType.True: writer.WriteBooleanValue(true); break;
            case JsonTokenType.False: writer.WriteBooleanValue(false); break;
            case JsonTokenType.Null: writer.WriteNullValue(); break;
        }
    }

    /// <summary>An account number written as a number is one all the same.</summary>
    private void CopyNumber(string number, Utf8JsonWriter writer, ref long redactions)
    {
        var redacted = redaction.Apply(number, false, ref redactions);
        if (redacted == number) writer.WriteRawValue(number, skipInputValidation: true);
        else writer.WriteStringValue(redacted);
    }

    private string Redacted(string text, bool isCut, ref long redactions)
    {
        // More cannot be kept: the rest is not worth looking at.
        var most = maxBytes + Redaction.CutMarginChars;
        return text.Length > most ? redaction.Apply(text[..most], true, ref redactions) : redaction.Apply(text, isCut, ref redactions);
    }

    /// <summary>A text that the cut goes through is mostly the long one that matters: what is there of it is kept, but for its end.</summary>
    private void CopyUnfinished(ReadOnlySpan<byte> rest, Utf8JsonWriter writer, ref long redactions)
    {
        var start = rest.IndexOfAnyExcept(" \t\r\n,:"u8);
        if (start < 0 || rest[start] != '"') return;
        var text = rest[(start + 1)..];
        // An escape or character that is broken off is left away; the margin is longer than either.
        for (var end = text.Length; end > text.Length - 12 && end >= 0; end--)
        {
            byte[] closed = [(byte)'"', .. text[..end], (byte)'"'];
            var reader = new Utf8JsonReader(closed);
            try
            {
                if (!reader.Read() || reader.BytesConsumed != closed.Length) continue;
                writer.WriteStringValue(Redacted(reader.GetString()!, true, ref redactions));
                return;
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException)
            {
            }
        }
    }
}
