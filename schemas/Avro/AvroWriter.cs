using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace Pipeline.Schemas.Avro;

/// <summary>
/// Writes Avro's binary encoding into one pooled buffer that is kept between records: after the buffer has grown to the
/// largest record, writing allocates nothing. Not for use by two threads.
/// </summary>
public sealed class AvroWriter : IDisposable
{
    /// <summary>No record of the pipeline comes near it (an event is at most 256 KiB): more is a defect of the caller.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const int MaxVarintBytes = 10;
    private const int UuidChars = 36;

    private readonly MapKeys _keys = new();
    private byte[] _buffer;
    private int _length;

    public AvroWriter(int capacity = 4096) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length => _length;
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _length);

    /// <summary>Valid until the next write, Reset or Dispose.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _length);

    public void Reset() => _length = 0;

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    /// <summary>Bytes as they are, without a length: for prefixes that are already encoded.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    public void WriteBoolean(bool value)
    {
        Reserve(1)[0] = value ? (byte)1 : (byte)0;
        _length++;
    }

    public void WriteInt(int value) => WriteLong(value);

    public void WriteLong(long value)
    {
        var rest = (ulong)((value << 1) ^ (value >> 63));
        var target = Reserve(MaxVarintBytes);
        var count = 0;
        while (rest >= 0x80)
        {
            target[count++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        target[count++] = (byte)rest;
        _length += count;
    }

    public void WriteFloat(float value)
    {
        BinaryPrimitives.WriteSingleLittleEndian(Reserve(sizeof(float)), value);
        _length += sizeof(float);
    }

    public void WriteDouble(double value)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Reserve(sizeof(double)), value);
        _length += sizeof(double);
    }

    public void WriteBytes(ReadOnlySpan<byte> value)
    {
        WriteLong(value.Length);
        WriteRaw(value);
    }

    public void WriteString(string value)
    {
        var count = Encoding.UTF8.GetByteCount(value);
        WriteLong(count);
        Encoding.UTF8.GetBytes(value, Reserve(count));
        _length += count;
    }

    /// <summary>36 characters, lower case, with dashes.</summary>
    public void WriteUuid(Guid value)
    {
        WriteLong(UuidChars);
        Utf8Formatter.TryFormat(value, Reserve(UuidChars), out _);
        _length += UuidChars;
    }

    /// <summary>Microseconds since 1970 UTC; a part of a microsecond is cut off.</summary>
    public void WriteTimestampMicros(DateTimeOffset value) => WriteLong(TimestampMicros.Of(value));

    /// <summary>The unscaled value as the shortest big-endian two's complement.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More digits than the schema's precision or scale: the caller rounds first.</exception>
    public void WriteDecimal(decimal value, int precision, int scale)
    {
        Span<byte> bytes = stackalloc byte[AvroDecimal.MaxBytes];
        var count = AvroDecimal.Encode(value, precision, scale, bytes);
        WriteBytes(bytes[..count]);
    }

    /// <summary>The map's names in ordinal order, so that equal records have equal bytes. Valid until the next call.</summary>
    public ReadOnlySpan<string> OrderKeys<T>(IReadOnlyDictionary<string, T> map) => _keys.Order(map);

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count) Grow(count);
        return _buffer.AsSpan(_length);
    }

    private void Grow(int count)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var needed = (long)_length + count;
        if (needed > MaxBytes) throw new InvalidOperationException($"An Avro record grew over {MaxBytes} bytes.");
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(MaxBytes, Math.Max(needed, 2L * _buffer.Length)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
