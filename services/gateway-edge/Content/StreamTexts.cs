using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Content;

/// <summary>
/// Puts a stream's texts together from their pieces, each by its place in the chunks, and only then redacts them: a secret comes in many
/// pieces. The result is one JSON object, such as {"choices.0.delta.content":"…"}.
/// </summary>
internal sealed class StreamTexts(Redaction redaction, int maxBytes)
{
    private const int MaxTexts = 256;
    private const int MaxDepth = 64;

    private static readonly JsonWriterOptions Plainly = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Members that hold pieces of what the model said.</summary>
    private static readonly HashSet<string> TextNames = new(StringComparer.Ordinal)
    {
        "content", "text", "delta", "arguments", "partial_json", "reasoning_content", "reasoning", "thinking", "refusal", "response", "transcript",
        "input", "tool_plan", "completion", "generation", "outputText",
    };

    private readonly Dictionary<string, StringBuilder> _texts = new(StringComparer.Ordinal);
    private StringBuilder? _last;

    /// <param name="isCut">The stream goes on behind the bytes at hand.</param>
    public RedactedText Redact(ReadOnlyMemory<byte> stream, StreamFraming framing, bool isCut, ref long redactions)
    {
        if (framing == StreamFraming.AwsFrames) TakeFrames(stream.Span);
        else TakeLines(stream, framing == StreamFraming.Lines);
        return Write(isCut, ref redactions);
    }

    private void TakeLines(ReadOnlyMemory<byte> stream, bool areDocuments)
    {
        var data = new ArrayBufferWriter<byte>();
        while (!stream.IsEmpty)
        {
            var end = stream.Span.IndexOf((byte)'\n');
            var line = end < 0 ? stream : stream[..end];
            stream = end < 0 ? default : stream[(end + 1)..];
            if (line.Length > 0 && line.Span[^1] == '\r') line = line[..^1];
            if (areDocuments)
            {
                Take(line);
            }
            else if (line.Span.StartsWith("data:"u8))
            {
                data.Write(line.Span["data:"u8.Length..]);
            }
            else if (line.IsEmpty)
            {
                Take(data.WrittenMemory);
                data.ResetWrittenCount();
            }
        }

        Take(data.WrittenMemory);
    }

    /// <summary>As metering reads them: a message whose checksum is wrong does not count, a wrong prelude leaves nothing to go on by.</summary>
    private void TakeFrames(ReadOnlySpan<byte> stream)
    {
        var decoded = new PooledBytes();
        while (stream.Length >= AwsFrame.PreludeBytes && AwsFrame.TryReadLength(stream, out var length) && length <= stream.Length)
        {
            if (AwsFrame.TryRead(stream[..length], out var frame) && frame.IsEvent)
            {
                if (!BedrockChunk.Is(frame)) Take(frame.Payload.ToArray());
                else if (BedrockChunk.TryUnwrap(frame.Payload, decoded, out var document)) Take(document.ToArray());
            }

            stream = stream[length..];
        }

        decoded.Release();
    }

    private void Take(ReadOnlyMemory<byte> json)
    {
        if (json.Span.IndexOf((byte)'{') < 0) return;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return;
            var type = root.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString()! : "";
            var isResponses = type.StartsWith("response.", StringComparison.Ordinal);
            // The Responses API says everything a second time when a part is done.
            if (isResponses && !type.EndsWith(".delta", StringComparison.Ordinal)) return;
            Walk(root, isResponses ? type : "", IndexOf(root));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
        }
    }

    private void Walk(JsonElement at, string path, string index)
    {
        if (at.ValueKind == JsonValueKind.Array)
        {
            var place = 0;
            foreach (var element in at.EnumerateArray())
            {
                var own = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("index", out var given) && given.ValueKind == JsonValueKind.Number ? given.GetRawText() : null;
                Walk(element, $"{path}.{own ?? place.ToString(CultureInfo.InvariantCulture)}", index);
                place++;
            }

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

        _last = text.Append(piece);
    }

    /// <summary>Which part of the answer an event is about, where the event itself says it.</summary>
    private static string IndexOf(JsonElement root)
    {
        var index = "";
        foreach (var name in new[] { "output_index", "content_index", "index", "contentBlockIndex" })
            if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number) index += "#" + value.GetRawText();
        return index;
    }

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
                writer.WriteString(name, redaction.Apply(text.ToString(), isCut && text == _last, ref redactions));
            }

            writer.WriteEndObject();
        }

        return JsonTexts.Cut(output.WrittenSpan, maxBytes, isCut);
    }
}
