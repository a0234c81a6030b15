using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Content;

/// <summary>
/// Puts a stream's texts together from their pieces, each by its place in the chunks, and only then redacts them: a secret comes in many
/// pieces. The result is one JSON object, such as {"choices.0.delta.content":"…"}.
/// </summary>
internal sealed class StreamTexts(Redaction redaction, int maxBytes)
{
    private const int MaxTexts = 256;

    private static readonly JsonWriterOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Members that hold pieces of what the model said.</summary>
    private static readonly HashSet<string> TextNames = new(StringComparer.Ordinal)
    {
        "content", "text", "delta", "arguments", "partial_json", "reasoning_content", "reasoning", "thinking", "refusal", "response", "transcript",
        "input", "tool_plan", "completion", "generation", "outputText",
    };

    /// <summary>Arrays whose elements are parts of one text, in whichever of them a chunk has its piece.</summary>
    private static readonly HashSet<string> ArraysOfParts = new(StringComparer.Ordinal) { "parts", "content", "thinking" };

    private readonly Dictionary<string, StringBuilder> _texts = new(StringComparer.Ordinal);

    /// <param name="isCut">The stream goes on behind the bytes at hand.</param>
    public RedactedText Redact(ReadOnlyMemory<byte> stream, StreamFraming framing, bool isCut, ref long redactions)
    {
        foreach (var document in new StreamDocuments(stream, framing).Read()) Take(document);
        return Write(isCut, ref redactions);
    }

    private void Take(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object) return;
        var type = TextOf(root, "type");
        var isResponses = type.StartsWith("response.", StringComparison.Ordinal);
        // The Responses API says everything a second time when a part is done.
        if (isResponses && !type.EndsWith(".delta", StringComparison.Ordinal)) return;
        Walk(root, isResponses ? type : "", IndexOf(root));
    }

    private void Walk(JsonElement at, string path, string index)
    {
        if (at.ValueKind == JsonValueKind.Array)
        {
            var hasParts = ArraysOfParts.Contains(path[(path.LastIndexOf('.') + 1)..]);
            var position = 0;
            foreach (var element in at.EnumerateArray()) Walk(element, $"{path}.{PlaceOf(element, hasParts, position++)}", index);
            return;
        }

        if (at.ValueKind != JsonValueKind.Object) return;
        foreach (var member in at.EnumerateObject())
        {
            var below = path.Length == 0 ? member.Name : $"{path}.{member.Name}";
            if (member.Value.ValueKind == JsonValueKind.String && TextNames.Contains(member.Name)) Append(below + index, member.Value.GetString()!);
            else Walk(member.Value, below, index);
        }
    }

    private void Append(string place, string piece)
    {
        if (piece.Length == 0) return;
        if (!_texts.TryGetValue(place, out var text))
        {
            if (_texts.Count >= MaxTexts) return;
            _texts[place] = text = new StringBuilder();
        }

        text.Append(piece);
    }

    private static string PlaceOf(JsonElement element, bool isPart, int position)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty("index", out var given) && given.ValueKind == JsonValueKind.Number) return given.GetRawText();
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

    private RedactedText Write(bool isCut, ref long redactions)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(output, Plainly))
        {
            writer.WriteStartObject();
            foreach (var (place, text) in _texts)
            {
                // Names are the provider's, but a relay may put anything there.
                var name = redaction.Apply(place, false, ref redactions);
                // Several texts come by turns: the cut may go through a secret in each.
                writer.WriteString(name, redaction.Apply(text.ToString(), isCut, ref redactions));
            }

            writer.WriteEndObject();
        }

        return JsonTexts.Cut(output.WrittenSpan, maxBytes, isCut);
    }
}
