using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Pipeline.Schemas.Avro;

/// <summary>
/// Reads Avro's binary encoding. Nothing throws: the first thing that cannot be read sets <see cref="Failed"/>, and every
/// later read gives an empty value. No length is believed beyond the bytes that are left.
/// </summary>
public ref struct AvroReader(ReadOnlySpan<byte> data)
{
    /// <summary>Items of all arrays and maps of one record together.</summary>
    public const int MaxItems = 65_536;

    private const int MaxVarintBytes = 10;
    private const int UuidChars = 36;
    private const int FirstCapacity = 16;

    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;
    private int _items;

    /// <summary>Reads one value of an array or map.</summary>
    public delegate T ValueReader<out T>(ref AvroReader reader);

    public bool Failed { get; private set; }

    /// <summary>Bytes read so far.</summary>
    public readonly int Position => _position;

    public readonly int Remaining => _data.Length - _position;

    public bool ReadBoolean()
    {
        var value = Take(1);
        if (value.IsEmpty || value[0] > 1) return Fail();
        return value[0] == 1;
    }

    public int ReadInt()
    {
        var value = ReadLong();
        if (value is >= int.MinValue and <= int.MaxValue) return (int)value;
        Fail();
        return 0;
    }

    public long ReadLong()
    {
        if (Failed) return 0;
        ulong value = 0;
        var left = _data[_position..];
        for (var i = 0; i < left.Length && i < MaxVarintBytes; i++)
        {
            var part = left[i];
            // The tenth byte holds the 64th bit alone.
            if (i == MaxVarintBytes - 1 && part > 1) break;
            value |= (ulong)(part & 0x7f) << (7 * i);
            if (part >= 0x80) continue;
            _position += i + 1;
            return (long)(value >> 1) ^ -(long)(value & 1);
        }

        Fail();
        return 0;
    }

    public float ReadFloat()
    {
        var bytes = Take(sizeof(float));
        return Failed ? 0 : BinaryPrimitives.ReadSingleLittleEndian(bytes);
    }

    public double ReadDouble()
    {
        var bytes = Take(sizeof(double));
        return Failed ? 0 : BinaryPrimitives.ReadDoubleLittleEndian(bytes);
    }

    /// <summary>A part of the input, not a copy.</summary>
    public ReadOnlySpan<byte> ReadBytes() => Take(ReadLong());

    /// <summary>Fails on bytes that are not UTF-8.</summary>
    public string ReadString()
    {
        var bytes = ReadBytes();
        if (bytes.IsEmpty) return "";
        if (Utf8.IsValid(bytes)) return Encoding.UTF8.GetString(bytes);
        Fail();
        return "";
    }

    public Guid ReadUuid()
    {
        var bytes = ReadBytes();
        if (bytes.Length == UuidChars && Utf8Parser.TryParse(bytes, out Guid value, out var used, 'D') && used == UuidChars) return value;
        Fail();
        return Guid.Empty;
    }

    public DateTimeOffset ReadTimestampMicros()
    {
        if (!TimestampMicros.TryConvert(ReadLong(), out var value)) Fail();
        return value;
    }

    public decimal ReadDecimal(int precision, int scale)
    {
        var bytes = ReadBytes();
        if (!AvroDecimal.TryDecode(bytes, precision, scale, out var value)) Fail();
        return value;
    }

    /// <returns>Index of the symbol, 0 to <paramref name="symbolCount"/> - 1.</returns>
    public int ReadEnum(int symbolCount)
    {
        var index = ReadLong();
        if (index >= 0 && index < symbolCount) return (int)index;
        Fail();
        return 0;
    }

    /// <summary>The branch of a union ["null", T].</summary>
    /// <returns>True when a T follows.</returns>
    public bool ReadIsPresent() => ReadEnum(2) == 1;

    /// <summary>The count of the next block of an array or map; 0 ends it. Counts all items against <see cref="MaxItems"/>.</summary>
    public int ReadBlockCount()
    {
        var count = ReadLong();
        if (count < 0)
        {
            // A negative count is followed by the block's size in bytes, for readers that skip it.
            var size = ReadLong();
            if (count == long.MinValue || size < 0 || size > Remaining) Fail();
            else count = -count;
        }

        if (Failed || count > Remaining || count > MaxItems - _items)
        {
            Fail();
            return 0;
        }

        _items += (int)count;
        return (int)count;
    }

    public IReadOnlyList<T> ReadArray<T>(ValueReader<T> read)
    {
        var count = ReadBlockCount();
        if (count == 0) return [];
        var items = new List<T>(Math.Min(count, FirstCapacity));
        for (; count > 0; count = ReadBlockCount())
        {
            for (var i = 0; i < count && !Failed; i++) items.Add(read(ref this));
        }

        return Failed ? [] : items;
    }

    /// <summary>A name that comes twice keeps its last value, as in Avro's own readers.</summary>
    public IReadOnlyDictionary<string, T> ReadMap<T>(ValueReader<T> read)
    {
        var count = ReadBlockCount();
        if (count == 0) return System.Collections.ObjectModel.ReadOnlyDictionary<string, T>.Empty;
        var map = new Dictionary<string, T>(Math.Min(count, FirstCapacity));
        for (; count > 0; count = ReadBlockCount())
        {
            for (var i = 0; i < count && !Failed; i++)
            {
                var key = ReadString();
                map[key] = read(ref this);
            }
        }

        return map;
    }

    /// <summary>Goes to a position that was read before, for fields that stand in another order.</summary>
    internal void Seek(int position) => _position = position;

    /// <summary>Gives up: what was read so far makes no sense to the caller.</summary>
    internal void Refuse() => Failed = true;

    internal void Skip(int count) => Take(count);

    internal readonly ReadOnlySpan<byte> Slice(int start, int length) => _data.Slice(start, length);

    private ReadOnlySpan<byte> Take(long count)
    {
        if (Failed || count < 0 || count > Remaining)
        {
            Fail();
            return default;
        }

        var bytes = _data.Slice(_position, (int)count);
        _position += (int)count;
        return bytes;
    }

    private bool Fail()
    {
        Failed = true;
        return false;
    }
}
