using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Content;

/// <summary>
/// Puts a stream's texts together from their pieces, each by its place in the chunks, and only then redacts them: a secret comes in many
/// pieces. The result is one JSON object, such as {"choices.0.delta.content":"…"}; what comes whole, a call with its arguments as an object, is
/// in a list at its place: {"message.tool_calls.0.function":[{"name":"…","arguments":{…}}]}.
/// </summary>
internal sealed class StreamTexts(Redaction redaction, int maxBytes)
{
    /// <summary>Texts and calls of one reply; with more of them it is cut.</summary>
    private const int MaxTexts = 256;

    private static readonly JsonWriterOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonTexts _wholes = new(redaction, maxBytes);
    private readonly Dictionary<string, Said> _said = new(StringComparer.Ordinal);
    private int _count;
    private bool _isFull;
    private bool _isBroken;
    private Said? _last;
    private long _redactions;

    /// <param name="isCut">The stream goes on behind the bytes at hand.</param>
    /// <returns>Cut too when a document could not be read or there were too many texts.</returns>
    public RedactedText Redact(ReadOnlyMemory<byte> stream, StreamFraming framing, bool isCut, ref long redactions)
    {
        var documents = new StreamDocuments(stream, framing);
        foreach (var document in documents.Read())
        {
            try
            {
                Take(document);
            }
            catch (InvalidOperationException)
            {
                // A text with half a character in it, which is no text.
                _isBroken = true;
            }
        }

        var text = Write(isCut, isCut || documents.IsIncomplete || _isBroken || _isFull);
        redactions += _redactions;
        return text;
    }

    private void Take(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return;
        var type = TextOf(root, "type");
        if (type.StartsWith("response.", StringComparison.Ordinal)) TakeOfResponses(root, type);
        // The last event of Cohere's v1 says everything a second time.
        else if (TextOf(root, "event_type") != "stream-end") Walk(root, "", IndexOf(root));
    }

    /// <summary>The Responses API says everything a second time when a part is done; a tool's name is only where its item is added.</summary>
    private void TakeOfResponses(JsonElement root, string type)
    {
        if (type.EndsWith(".delta", StringComparison.Ordinal)) Walk(root, type, IndexOf(root));
        else if (root.TryGetProperty("item", out var item) && item.ValueKind == JsonValueKind.Object) TakeItem(item, type, IndexOf(root));
    }

    private void TakeItem(JsonElement item, string type, string index)
    {
        if (type == "response.output_item.added") AppendName($"{type}.item.name{index}", TextOf(item, StreamNames.Name));
        else if (type == "response.output_item.done" && item.TryGetProperty("action", out var action) && action.ValueKind == JsonValueKind.Object) Keep($"{type}.item.action{index}", action);
    }

    private void Walk(JsonElement at, string path, string index)
    {
        if (at.ValueKind == JsonValueKind.Array)
        {
            var hasParts = StreamNames.IsArrayOfParts(path.AsSpan(path.LastIndexOf('.') + 1));
            var position = 0;
            foreach (var element in at.EnumerateArray()) Walk(element, $"{path}.{PlaceOf(element, hasParts, position++)}", index);
            return;
        }

        if (at.ValueKind != JsonValueKind.Object) return;
        if (path.Length > 0 && StreamNames.IsWholeCall(at)) Keep(path + index, at);
        else foreach (var member in at.EnumerateObject()) Walk(member, path.Length == 0 ? member.Name : $"{path}.{member.Name}", index);
    }

    private void Walk(JsonProperty member, string path, string index)
    {
        if (member.Value.ValueKind != JsonValueKind.String)
        {
            if (StreamNames.ComesWhole(member)) Keep(path + index, member.Value);
            else if (StreamNames.IsScalar(member)) Append(path + index, member.Value.GetRawText());
            else Walk(member.Value, path, index);
        }
        else if (StreamNames.IsText(member.Name))
        {
            Append(path + index, member.Value.GetString()!);
        }
        else if (member.Name == StreamNames.Name)
        {
            AppendName(path + index, member.Value.GetString()!);
        }
    }

    private void Append(string place, string piece)
    {
        if (piece.Length == 0) return;
        if (!_said.TryGetValue(place, out var said))
        {
            if (!TryCount()) return;
            _said[place] = said = new Said();
        }

        said.Text.Append(piece);
        _last = said;
    }

    /// <summary>A name comes once, or once more with each piece of its call.</summary>
    private void AppendName(string place, string name)
    {
        if (_said.TryGetValue(place, out var said) && said.Text.Equals(name)) return;
        Append(place, name);
        if (_said.TryGetValue(place, out said)) said.IsName = true;
    }

    private void Keep(string place, JsonElement whole)
    {
        if (!TryCount()) return;
        if (!_said.TryGetValue(place, out var said)) _said[place] = said = new Said();
        var redacted = _wholes.Redact(JsonMarshal.GetRawUtf8Value(whole), false, ref _redactions);
        _isFull |= redacted.IsCut || redacted.Text is null;
        if (redacted.Text is { } text) said.Wholes.Add(text);
        _last = said;
    }

    private bool TryCount()
    {
        _isFull |= _count >= MaxTexts;
        if (!_isFull) _count++;
        return !_isFull;
    }

    private static string PlaceOf(JsonElement element, bool isPart, int position)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("index", out var given) && given.ValueKind == JsonValueKind.Number) return given.GetRawText();
        if (element.ValueKind == JsonValueKind.Object && TextOf(element, "jsonPath") is { Length: > 0 } argument) return argument;
        if (!isPart) return position.ToString(CultureInfo.InvariantCulture);
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty("thought", out var thought) && thought.ValueKind == JsonValueKind.True ? "thought" : "0";
    }

    /// <summary>Which part of the answer an event is about, where the event itself says it.</summary>
    private static string IndexOf(JsonElement root)
    {
        var index = "";
        foreach (var name in new[] { "output_index", "content_index", "index", "contentBlockIndex" })
            if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number) index += "#" + value.GetRawText();
        return index;
    }

    private static string TextOf(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private RedactedText Write(bool goesOn, bool isCut)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(output, Plainly))
        {
            writer.WriteStartObject();
            foreach (var (place, said) in _said)
            {
                // Names are the provider's, but a relay may put anything there.
                writer.WritePropertyName(redaction.Apply(place, false, ref _redactions));
                // Several texts come by turns: the cut may go through a secret in each. A name is cut through only at the very end.
                var text = said.Text.Length == 0 ? null : redaction.Apply(said.Text.ToString(), goesOn && (said == _last || !said.IsName), ref _redactions);
                if (said.Wholes.Count == 0) writer.WriteStringValue(text);
                else WriteWholes(writer, text, said.Wholes);
            }

            writer.WriteEndObject();
        }

        return JsonTexts.Cut(output.WrittenSpan, maxBytes, isCut);
    }

    /// <summary>One that was cut is longer than all that is kept: nothing behind it is.</summary>
    private static void WriteWholes(Utf8JsonWriter writer, string? text, List<string> wholes)
    {
        writer.WriteStartArray();
        if (text is not null) writer.WriteStringValue(text);
        foreach (var whole in wholes) writer.WriteRawValue(whole, skipInputValidation: true);
        writer.WriteEndArray();
    }

    /// <summary>What was said at one place of the documents.</summary>
    private sealed class Said
    {
        /// <summary>Pieces put together.</summary>
        public StringBuilder Text { get; } = new();

        /// <summary>What came whole, redacted.</summary>
        public List<string> Wholes { get; } = [];

        public bool IsName { get; set; }
    }
}
