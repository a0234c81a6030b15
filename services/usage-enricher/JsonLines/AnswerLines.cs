using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>Writes answers as JSON lines, buffered up to <see cref="FlushAtBytes"/>.</summary>
internal sealed class AnswerLines : IDisposable
{
    public const int FlushAtBytes = 64 * 1024;

    private readonly Stream _answers;
    private readonly ArrayBufferWriter<byte> _buffer = new(FlushAtBytes);

    public AnswerLines(Stream answers)
    {
        _answers = answers;
        Json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>Writes the members of the line that is open.</summary>
    public Utf8JsonWriter Json { get; }

    /// <summary>Opens the answer to a row: its id, null without one.</summary>
    public void Begin(JsonElement id)
    {
        Json.WriteStartObject();
        Json.WritePropertyName("id");
        if (id.ValueKind == JsonValueKind.Undefined) Json.WriteNullValue();
        else id.WriteTo(Json);
    }

    /// <summary>Opens the answer to a line that is no row; what was open is lost.</summary>
    /// <param name="line">Counts from 1.</param>
    public void BeginInvalid(long line)
    {
        Json.Reset();
        Json.WriteStartObject();
        Json.WriteNumber("line", line);
        Json.WriteString("error", "invalid_row");
    }

    public void End()
    {
        Json.WriteEndObject();
        Json.Flush();
        Json.Reset();
        _buffer.Write("\n"u8);
        if (_buffer.WrittenCount >= FlushAtBytes) Flush();
    }

    public void Flush()
    {
        if (_buffer.WrittenCount == 0) return;
        _answers.Write(_buffer.WrittenSpan);
        _answers.Flush();
        _buffer.ResetWrittenCount();
    }

    public void Dispose() => Json.Dispose();
}
