using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Runtime.Log.Embedded;

/// <summary>
/// One frame of the journal is one whole transaction, so that no crash leaves half of one. Numbers are unsigned varints (7 bits a byte,
/// lowest first) unless noted.
/// <code>
/// version u8 · append time i64 (µs since 1970 UTC)
/// topics     n · { name · partitions · retention in seconds + 1, 0 = compacted · max record bytes }     new ones and changed ones
/// positions  n · { group · n · { topic id · partition · next i64 } }
/// sections   n · { topic id · partition · base offset · records · bytes }
/// records    of the sections, one after the other:  key bytes · value bytes · headers · { name · value bytes · value } · key · value
/// </code>
/// Topics have ids in the order in which they were made. Texts are a length and UTF-8.
/// </summary>
internal ref struct JournalFrame
{
    public const byte Version = 1;

    private ReadOnlySpan<byte> _rest;

    public JournalFrame(ReadOnlySpan<byte> payload)
    {
        _rest = payload;
        if (ReadByte() != Version) throw new InvalidDataException("the journal has a frame of another version; use the program that wrote it, or a newer one");
        AppendTimeUs = ReadFixed();
    }

    public long AppendTimeUs { get; }

    /// <summary>Bytes not yet read: records begin at the end of the sections.</summary>
    public readonly int Remaining => _rest.Length;

    public int ReadCount() => ReadInt();

    public TopicSpec ReadTopic()
    {
        var name = ReadText();
        var partitions = ReadInt();
        var retention = ReadVarint();
        return new TopicSpec(name, partitions, retention == 0 ? null : TimeSpan.FromSeconds((long)retention - 1), ReadInt(), []);
    }

    public string ReadGroup() => ReadText();

    public (int Topic, int Partition, long Next) ReadPosition() => (ReadInt(), ReadInt(), ReadFixed());

    public (int Topic, int Partition, long BaseOffset, int Records, int Bytes) ReadSection() => (ReadInt(), ReadInt(), (long)ReadVarint(), ReadInt(), ReadInt());

    public int ReadInt() => checked((int)ReadVarint());

    public ulong ReadVarint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = ReadByte();
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }

        throw Malformed();
    }

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (_rest.Length < count) throw Malformed();
        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }

    private long ReadFixed() => BinaryPrimitives.ReadInt64LittleEndian(ReadBytes(sizeof(long)));

    private byte ReadByte() => ReadBytes(1)[0];

    private string ReadText() => Encoding.UTF8.GetString(ReadBytes(ReadInt()));

    private static InvalidDataException Malformed() => new("a journal frame is not what its checksum says: it was written by a defective program");
}
