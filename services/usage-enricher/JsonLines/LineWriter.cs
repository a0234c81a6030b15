using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>Writes one JSON object a line, UTF-8, line feeds.</summary>
internal sealed class LineWriter(string path) : IDisposable
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly FileStream _file = File.Create(path);

    public void Line(Action<Utf8JsonWriter> writeMembers)
    {
        using (var json = new Utf8JsonWriter(_file, Options))
        {
            json.WriteStartObject();
            writeMembers(json);
            json.WriteEndObject();
        }

        _file.WriteByte((byte)'\n');
    }

    public void Dispose() => _file.Dispose();
}
