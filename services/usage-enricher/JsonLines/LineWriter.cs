using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>Writes one JSON object a line, UTF-8, line feeds.</summary>
internal sealed class LineWriter(string path) : IDisposable
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FileStream _file = File.Create(path);

    public void Line(Action<Utf8JsonWriter> writeMembers) => Line(ToLine(writeMembers));

    /// <param name="line">A JSON object without its line end.</param>
    public void Line(byte[] line)
    {
        _file.Write(line);
        _file.WriteByte((byte)'\n');
    }

    /// <returns>One JSON object without its line end.</returns>
    public static byte[] ToLine(Action<Utf8JsonWriter> writeMembers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _file.Dispose();
}
