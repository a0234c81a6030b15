using System.Buffers.Binary;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// One message of AWS's event stream encoding, all numbers big-endian.
/// <code>
///   total length u32 · headers length u32 · CRC32 of these 8 · headers · payload · CRC32 of all before
///   header: name length u8 · name · type u8 · value (type 7, text: length u16 · UTF-8)
/// </code>
/// Source: the "event stream encoding" page of AWS's developer guides.
/// </summary>
internal readonly ref struct AwsFrame
{
    public const int PreludeBytes = 12;
    public const int TrailerBytes = 4;
    public const int MinBytes = PreludeBytes + TrailerBytes;

    /// <summary>The encoding's own bounds: 128 KiB of headers, 16 MiB of payload. A longer one is no message.</summary>
    public const int MaxHeaderBytes = 128 * 1024;
    public const int MaxBytes = MinBytes + MaxHeaderBytes + (16 * 1024 * 1024);

    private const byte TextType = 7;
    private const byte BytesType = 6;

    private AwsFrame(ReadOnlySpan<byte> payload) => Payload = payload;

    /// <summary><c>:message-type</c>: event, exception or error.</summary>
    public ReadOnlySpan<byte> MessageType { get; private init; }

    /// <summary><c>:event-type</c> of an event, <c>:exception-type</c> of an exception, <c>:error-code</c> of an error.</summary>
    public ReadOnlySpan<byte> Type { get; private init; }

    public ReadOnlySpan<byte> Payload { get; }

    public bool IsEvent => MessageType.SequenceEqual("event"u8);

    /// <summary>The length that a message's first bytes tell.</summary>
    /// <param name="prelude">At least <see cref="PreludeBytes"/>.</param>
    /// <returns>False: the checksum is wrong or the lengths cannot be; where the next message begins is not known then.</returns>
    public static bool TryReadLength(ReadOnlySpan<byte> prelude, out int length)
    {
        var total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        length = 0;
        if (Crc32.Of(prelude[..8]) != BinaryPrimitives.ReadUInt32BigEndian(prelude[8..])
            || total is < MinBytes or > MaxBytes
            || headers > Math.Min(MaxHeaderBytes, total - MinBytes))
            return false;

        length = (int)total;
        return true;
    }

    /// <param name="message">Exactly one message, its prelude checked.</param>
    /// <param name="frame">Its parts, in the same memory.</param>
    /// <returns>False: the checksum is wrong or the headers cannot be read; the message does not count.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out AwsFrame frame)
    {
        frame = default;
        if (Crc32.Of(message[..^TrailerBytes]) != BinaryPrimitives.ReadUInt32BigEndian(message[^TrailerBytes..]))
            return false;

        var headersLength = (int)BinaryPrimitives.ReadUInt32BigEndian(message[4..]);
        var headers = message.Slice(PreludeBytes, headersLength);
        ReadOnlySpan<byte> messageType = default;
        ReadOnlySpan<byte> type = default;
        while (!headers.IsEmpty)
        {
            if (!TryReadHeader(ref headers, out var name, out var text))
                return false;

            if (name.SequenceEqual(":message-type"u8))
                messageType = text;
            else if (name.SequenceEqual(":event-type"u8) || name.SequenceEqual(":exception-type"u8) || name.SequenceEqual(":error-code"u8))
                type = text;
        }

        frame = new AwsFrame(message[(PreludeBytes + headersLength)..^TrailerBytes]) { MessageType = messageType, Type = type };
        return true;
    }

    private static bool TryReadHeader(scoped ref ReadOnlySpan<byte> headers, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> text)
    {
        name = text = default;
        var nameLength = headers[0];
        if (headers.Length < nameLength + 2)
            return false;

        name = headers.Slice(1, nameLength);
        var type = headers[nameLength + 1];
        headers = headers[(nameLength + 2)..];
        var length = FixedLength(type);
        if (type is TextType or BytesType)
        {
            if (headers.Length < 2)
                return false;

            length = BinaryPrimitives.ReadUInt16BigEndian(headers);
            headers = headers[2..];
        }

        if (length < 0 || length > headers.Length)
            return false;

        if (type == TextType)
            text = headers[..length];
        headers = headers[length..];
        return true;
    }

    /// <summary>Bytes of a value by its type: true, false, byte, short, int, long, timestamp, UUID; -1 for others.</summary>
    private static int FixedLength(byte type) => type switch
    {
        0 or 1 => 0,
        2 => 1,
        3 => 2,
        4 => 4,
        5 or 8 => 8,
        9 => 16,
        _ => -1,
    };
}
