using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.Runtime;

namespace Pipeline.EsSink.Rendering;

/// <summary>JSON in which an object appears only once something is written into it.</summary>
internal sealed class DocumentWriter : IDisposable
{
    private const int MaxDepth = 8;

    // The documents are read by a JSON parser, never pasted into HTML: only what JSON itself demands is escaped.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private readonly JsonEncodedText[] _names = new JsonEncodedText[MaxDepth];
    private int _entered;
    private int _opened;

    public DocumentWriter(DocumentBuffer target) => Json = new Utf8JsonWriter(target, Options);

    public Utf8JsonWriter Json { get; }

    public void Begin(DocumentBuffer target)
    {
        Json.Reset(target);
        Json.WriteStartObject();
    }

    public void End()
    {
        Json.WriteEndObject();
        Json.Flush();
    }

    /// <summary>Goes into an object that may stay empty, and then does not appear.</summary>
    public void Enter(JsonEncodedText name) => _names[_entered++] = name;

    public void Leave()
    {
        if (_opened == _entered)
        {
            Json.WriteEndObject();
            _opened--;
        }

        _entered--;
    }

    /// <summary>The JSON writer inside the objects that were entered.</summary>
    public Utf8JsonWriter Open()
    {
        for (; _opened < _entered; _opened++) Json.WriteStartObject(_names[_opened]);
        return Json;
    }

    public void WriteDecimal(JsonEncodedText name, decimal value)
    {
        Json.WritePropertyName(name);
        WriteDecimal(value);
    }

    public void WriteDecimal(decimal value)
    {
        Span<byte> text = stackalloc byte[PlainDecimal.MaxBytes];
        Json.WriteStringValue(text[..PlainDecimal.Format(value, text)]);
    }

    public void Dispose() => Json.Dispose();
}
