using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>How Bedrock wraps a vendor's document in a message of type <c>chunk</c>: <c>{"bytes": base64, "p": padding}</c>.</summary>
internal static class BedrockChunk
{
    public static bool Is(in AwsFrame frame) => frame.Type.SequenceEqual("chunk"u8);

    /// <param name="payload">Of the message.</param>
    /// <param name="decoded">Where the document is put.</param>
    /// <param name="document">The vendor's, until the buffer is used again.</param>
    /// <returns>False: it is not wrapped so.</returns>
    public static bool TryUnwrap(ReadOnlySpan<byte> payload, PooledBytes decoded, out ReadOnlySpan<byte> document)
    {
        document = default;
        try
        {
            var reader = new Utf8JsonReader(payload);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isBytes = reader.ValueTextEquals("bytes"u8);
                reader.Read();
                if (!isBytes || reader.TokenType != JsonTokenType.String)
                {
                    reader.Skip();
                    continue;
                }

                var text = decoded.Grow(reader.ValueSpan.Length, kept: 0);
                text = text[..reader.CopyString(text)];
                if (Base64.DecodeFromUtf8InPlace(text, out var length) != OperationStatus.Done)
                    return false;

                document = text[..length];
                return true;
            }

            return false;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return false;
        }
    }
}
