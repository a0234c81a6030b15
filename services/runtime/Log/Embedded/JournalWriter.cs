using System.Buffers.Binary;
using System.Text;

namespace Pipeline.Runtime.Log.Embedded;

/// <summary>Encodes one transaction after the other into a buffer that is kept.</summary>
internal sealed class JournalWriter
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public int Length => _length;

    public void Begin(long appendTimeUs)
    {
        _length = 0;
        WriteByte(JournalFrame.Version);
        WriteFixed(appendTimeUs);
    }

    public void WriteTopic(TopicSpec spec)
    {
        WriteText(spec.Name);
        WriteVarint((ulong)spec.Partitions);
        WriteVarint(spec.Retention is { } retention ? (ulong)retention.TotalSeconds + 1 : 0);
        WriteVarint((ulong)spec.MaxRecordBytes);
    }

    public void WriteGroup(string group, int positions)
    {
        WriteText(group);
        WriteCount(positions);
    }

    public void WritePosition(int topic, int partition, long next)
    {
        WriteVarint((ulong)topic);
        WriteVarint((ulong)partition);
        WriteFixed(next);
    }

    public void WriteSection(int topic, int partition, long baseOffset, int records, int bytes)
    {
        WriteVarint((ulong)topic);
        WriteVarint((ulong)partition);
        WriteVarint((ulong)baseOffset);
        WriteVarint((ulong)records);
        WriteVarint((ulong)bytes);
    }

    public void WriteRecord(in NewRecord record)
    {
        WriteVarint((ulong)record.Key.Length);
        WriteVarint((ulong)record.Value.Length);
        var headers = record.Headers;
        WriteCount(headers?.Count ?? 0);
        for (var i = 0; i < headers?.Count; i++)
        {
            WriteText(headers[i].Name);
            WriteVarint((ulong)headers[i].Value.Length);
            WriteBytes(headers[i].Value.Span);
        }

        WriteBytes(record.Key.Span);
        WriteBytes(record.Value.Span);
    }

    /// <summary>Bytes that <see cref="WriteRecord"/> takes.</summary>
    public static int SizeOf(in NewRecord record)
    {
        var headers = record.Headers;
        var size = VarintBytes(record.Key.Length) + VarintBytes(record.Value.Length) + VarintBytes(headers?.Count ?? 0) + record.Key.Length + record.Value.Length;
        for (var i = 0; i < headers?.Count; i++)
        {
            var name = Encoding.UTF8.GetByteCount(headers[i].Name);
            size += VarintBytes(name) + name + VarintBytes(headers[i].Value.Length) + headers[i].Value.Length;
        }

        return size;
    }

    public void WriteCount(int count) => WriteVarint((ulong)count);

    private static int VarintBytes(int value)
    {
        var bytes = 1;
        for (var rest = (uint)value; rest >= 0x80; rest >>= 7) bytes++;
        return bytes;
    }

    private void WriteVarint(ulong value)
    {
        var target = Reserve(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7) target[count++] = (byte)(value | 0x80);
        target[count++] = (byte)value;
        _length += count;
    }

    private void WriteFixed(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), value);
        _length += sizeof(long);
    }

    private void WriteByte(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    private void WriteText(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        WriteVarint((ulong)count);
        Encoding.UTF8.GetBytes(text, Reserve(count));
        _length += count;
    }

    private void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    private Span<byte> Reserve(int count)
    {
        if (_buffer.Length - _length < count) Array.Resize(ref _buffer, Math.Max(_length + count, 2 * _buffer.Length));
        return _buffer.AsSpan(_length);
    }
}
