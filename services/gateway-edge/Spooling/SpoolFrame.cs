using System.Buffers.Binary;
using System.Buffers.Text;
using Pipeline.Schemas.Wire;

namespace Pipeline.GatewayEdge.Spooling;

internal enum SpoolFrameKind : byte
{
    /// <summary>An attempt began: its event as it will be if nothing follows.</summary>
    Opening = 1,

    /// <summary>An attempt's event.</summary>
    Event = 2,
}

/// <summary>
/// What a frame of the spool holds. The sequence is known only when the frame is appended, so the event's Avro body is kept without
/// its `edge` field, which is put in when it is shipped.
/// <code>
/// kind u8 · sequence i64 · sequences taken so far i64 · event id (Avro string, 37 bytes) · Avro body behind `edge`
/// </code>
/// </summary>
/// <remarks>Holds for every schema whose first two fields are `event_id` and `edge`; a test keeps it so.</remarks>
internal readonly ref struct SpoolFrame
{
    public const int HeaderBytes = 1 + 8 + 8;
    public const int EventIdBytes = 37;
    public const int HeadBytes = HeaderBytes + EventIdBytes;

    private const int UuidChars = 36;
    private const int EpochChars = 32;

    /// <summary>Most bytes that `edge` takes: id, epoch, sequence.</summary>
    public const int MaxEdgeBytes = 1 + UuidChars + 1 + EpochChars + 10;

    public required SpoolFrameKind Kind { get; init; }
    public required long Sequence { get; init; }

    /// <summary>Lets recovery find the epoch's last sequence in its last segment.</summary>
    public required long Taken { get; init; }

    /// <summary>With Avro's length before the 36 characters.</summary>
    public required ReadOnlySpan<byte> EventId { get; init; }

    public required ReadOnlySpan<byte> Rest { get; init; }

    /// <returns>False when the payload is not a frame of the spool: a defect, since its checksum was right.</returns>
    public static bool TryRead(ReadOnlySpan<byte> payload, out SpoolFrame frame)
    {
        frame = default;
        if (payload.Length < HeadBytes || payload[0] is not ((byte)SpoolFrameKind.Opening or (byte)SpoolFrameKind.Event)) return false;
        frame = new SpoolFrame
        {
            Kind = (SpoolFrameKind)payload[0],
            Sequence = BinaryPrimitives.ReadInt64LittleEndian(payload[1..]),
            Taken = BinaryPrimitives.ReadInt64LittleEndian(payload[9..]),
            EventId = payload[HeaderBytes..HeadBytes],
            Rest = payload[HeadBytes..],
        };
        return true;
    }

    /// <summary>The first part of a frame.</summary>
    /// <param name="body">The event's Avro body, whose `edge` is not looked at.</param>
    public static void WriteHead(Span<byte> head, SpoolFrameKind kind, long sequence, long taken, ReadOnlySpan<byte> body)
    {
        head[0] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(head[1..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(head[9..], taken);
        body[..EventIdBytes].CopyTo(head[HeaderBytes..]);
    }

    /// <summary>Where the body goes on behind `edge`.</summary>
    public static int RestOf(ReadOnlySpan<byte> body)
    {
        var at = EventIdBytes + 1 + UuidChars;
        at += 1 + (body[at] >> 1);       // epoch: at most 32 characters, so its length is one byte
        while ((body[at++] & 0x80) != 0) // sequence
        {
        }

        return at;
    }

    /// <summary>Bytes of the record's value; the key is its event id.</summary>
    public int MaxValueBytes => ConfluentFrame.HeaderBytes + EventIdBytes + MaxEdgeBytes + Rest.Length;

    /// <summary>The record's value as it goes to the topic.</summary>
    /// <returns>Bytes written, at most <see cref="MaxValueBytes"/>.</returns>
    public int WriteValue(Span<byte> target, int schemaId, Guid spoolId, Guid epoch)
    {
        target[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(target[1..], schemaId);
        EventId.CopyTo(target[ConfluentFrame.HeaderBytes..]);
        var at = ConfluentFrame.HeaderBytes + EventIdBytes;
        target[at++] = UuidChars << 1;
        Utf8Formatter.TryFormat(spoolId, target[at..], out _);
        at += UuidChars;
        target[at++] = EpochChars << 1;
        Utf8Formatter.TryFormat(epoch, target[at..], out _, 'N');
        at += EpochChars;
        var rest = (ulong)Sequence << 1;
        for (; rest >= 0x80; rest >>= 7) target[at++] = (byte)(rest | 0x80);
        target[at++] = (byte)rest;
        Rest.CopyTo(target[at..]);
        return at + Rest.Length;
    }

    /// <summary>The key within a value that <see cref="WriteValue"/> wrote.</summary>
    public static Range KeyInValue => (ConfluentFrame.HeaderBytes + 1)..(ConfluentFrame.HeaderBytes + EventIdBytes);
}
