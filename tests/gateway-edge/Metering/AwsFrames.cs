using System.Buffers.Binary;
using System.Text;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Messages of an AWS event stream, put together for tests.</summary>
internal static class AwsFrames
{
    public static byte[] Event(string type, string payload) => Message(
        [.. Header(":event-type", type), .. Header(":content-type", "application/json"), .. Header(":message-type", "event")], payload);

    /// <summary>As Bedrock wraps a vendor's document.</summary>
    public static byte[] Chunk(string document) =>
        Event("chunk", $$"""{"bytes":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(document))}}","p":"abcd"}""");

    public static byte[] Exception(string type) => Message(
        [.. Header(":exception-type", type), .. Header(":content-type", "application/json"), .. Header(":message-type", "exception")], """{"message":"no"}""");

    public static byte[] Header(string name, string value) =>
        [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), 7, (byte)(value.Length >> 8), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    public static byte[] Message(byte[] headers, string payload) => Message(headers, Encoding.UTF8.GetBytes(payload));

    public static byte[] Message(byte[] headers, byte[] payload)
    {
        var message = new byte[12 + headers.Length + payload.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(message, message.Length);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(4), headers.Length);
        headers.CopyTo(message, 12);
        payload.CopyTo(message, 12 + headers.Length);
        Seal(message);
        return message;
    }

    /// <summary>Writes the checksums that belong to what stands there.</summary>
    public static void Seal(byte[] message)
    {
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Slow(message.AsSpan(0, 8)));
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Slow(message.AsSpan(0, message.Length - 4)));
    }

    /// <summary>CRC-32 bit by bit, to check the fast one against.</summary>
    public static uint Slow(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var octet in bytes)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
        }

        return ~crc;
    }

    public static byte[] Text { get; } = Event("contentBlockDelta", """{"contentBlockIndex":0,"delta":{"text":"stopReason"},"p":"ab"}""");

    public static byte[] Stop { get; } = Event("messageStop", """{"stopReason":"end_turn","p":"ab"}""");

    public static byte[] Metadata { get; } = Event("metadata", """{"usage":{"inputTokens":5,"outputTokens":3,"totalTokens":8},"metrics":{"latencyMs":9},"p":"abc"}""");

    public static byte[] Converse { get; } = [.. Event("messageStart", """{"role":"assistant","p":"a"}"""), .. Text, .. Stop, .. Metadata];
}
