using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Content;

/// <summary>A captured stream's documents in their order, out of whatever framing.</summary>
internal sealed class StreamDocuments(ReadOnlyMemory<byte> stream, StreamFraming framing)
{
    private const int MaxDepth = 64;

    /// <summary>Something was not read: a document that is broken or too deep, or an array that does not end. Known once all is read.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>Each is valid until the next one is asked for.</summary>
    public IEnumerable<JsonElement> Read() => framing switch
    {
        StreamFraming.Events => ReadEvents(),
        StreamFraming.AwsFrames => ReadFrames(),
        _ => ReadDocuments(stream),
    };

    private IEnumerable<JsonElement> ReadEvents()
    {
        var rest = stream;
        var data = new ArrayBufferWriter<byte>();
        while (!rest.IsEmpty)
        {
            var end = rest.Span.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (line.Length > 0 && line.Span[^1] == '\r') line = line[..^1];
            if (line.Span.StartsWith("data:"u8))
            {
                AddData(data, line.Span["data:"u8.Length..]);
            }
            else if (line.IsEmpty)
            {
                foreach (var document in ReadEvent(data.WrittenMemory)) yield return document;
                data.ResetWrittenCount();
            }
        }

        foreach (var document in ReadEvent(data.WrittenMemory)) yield return document;
    }

    /// <summary>Lines stay apart: some relays leave the blank lines out, and then each line is a document of its own.</summary>
    private static void AddData(ArrayBufferWriter<byte> data, ReadOnlySpan<byte> line)
    {
        if (line.Trim((byte)' ').SequenceEqual("[DONE]"u8)) return;
        data.Write(line);
        data.Write("\n"u8);
    }

    private IEnumerable<JsonElement> ReadEvent(ReadOnlyMemory<byte> data) => data.Span.Contains((byte)'{') ? ReadDocuments(data) : [];

    /// <summary>As metering reads them: a message whose checksum is wrong does not count, a wrong prelude leaves nothing to go on by.</summary>
    private IEnumerable<JsonElement> ReadFrames()
    {
        var rest = stream;
        var decoded = new PooledBytes();
        while (rest.Length >= AwsFrame.PreludeBytes && AwsFrame.TryReadLength(rest.Span, out var length) && length <= rest.Length)
        {
            foreach (var document in ReadDocuments(DocumentOf(rest.Span[..length], decoded))) yield return document;
            rest = rest[length..];
        }

        decoded.Release();
        IsIncomplete |= !rest.IsEmpty;
    }

    private ReadOnlyMemory<byte> DocumentOf(ReadOnlySpan<byte> message, PooledBytes decoded)
    {
        var isWhole = AwsFrame.TryRead(message, out var frame);
        IsIncomplete |= !isWhole;
        if (!isWhole || !frame.IsEvent) return default;
        if (!BedrockChunk.Is(frame)) return frame.Payload.ToArray();
        if (BedrockChunk.TryUnwrap(frame.Payload, decoded, out var document)) return document.ToArray();
        IsIncomplete = true;
        return default;
    }

    private IEnumerable<JsonElement> ReadDocuments(ReadOnlyMemory<byte> json)
    {
        json = json[Blanks(json.Span, " \t\r\n"u8)..];
        var isArray = !json.IsEmpty && json.Span[0] == '[';
        if (isArray) json = json[1..];
        while (true)
        {
            json = json[Blanks(json.Span, isArray ? " \t\r\n,"u8 : " \t\r\n"u8)..];
            if (json.IsEmpty || (isArray && json.Span[0] == ']')) break;
            if (TryReadOne(json, out var document, out var length))
            {
                using (document) yield return document.RootElement;
                json = json[length..];
                continue;
            }

            IsIncomplete = true;
            // The next document begins with the next line; what would begin there in an array may be the inside of one.
            var end = isArray ? -1 : json.Span.IndexOf((byte)'\n');
            if (end < 0) yield break;
            json = json[(end + 1)..];
        }

        IsIncomplete |= isArray && (json.IsEmpty || Blanks(json.Span[1..], " \t\r\n"u8) < json.Length - 1);
    }

    private static bool TryReadOne(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out JsonDocument? document, out int length)
    {
        document = null;
        length = 0;
        try
        {
            var reader = new Utf8JsonReader(json.Span, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = MaxDepth }));
            if (!JsonDocument.TryParseValue(ref reader, out document)) return false;
            length = (int)reader.BytesConsumed;
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static int Blanks(ReadOnlySpan<byte> json, ReadOnlySpan<byte> blanks)
    {
        var start = json.IndexOfAnyExcept(blanks);
        return start < 0 ? json.Length : start;
    }
}
