using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Pipeline.Runtime.Segments;

/// <summary>
/// The on-disk format, all numbers little-endian.
/// <code>
/// segment file  &lt;first ordinal, 20 digits&gt;.segment
///   header  52 bytes   magic "LLMSEGM1" · version u32 · 0 u32 · store id 16 · first ordinal i64 · start address i64 · CRC32C u32
///   frame              payload length u32 · CRC32C u32 · payload
/// </code>
/// A frame's CRC covers store id, address, length and payload: what is left of another frame or another file is never taken for one.
/// </summary>
internal static class SegmentFormat
{
    public const int HeaderBytes = 52;
    public const int FrameHeaderBytes = 8;

    /// <summary>A frame is held in memory as a whole; a longer length on disk is damage.</summary>
    public const int MaxPayloadBytes = 64 * 1024 * 1024;

    private const string Extension = ".segment";
    private const ulong Magic = 0x314d4745534d4c4c; // "LLMSEGM1"
    private const uint Version = 1;
    private const int ChecksumOffset = HeaderBytes - sizeof(uint);

    public static string NameOf(long firstOrdinal) => firstOrdinal.ToString("D20", CultureInfo.InvariantCulture) + Extension;

    public static bool TryParseName(string name, out long firstOrdinal)
    {
        firstOrdinal = 0;
        return name.Length == 20 + Extension.Length && name.EndsWith(Extension, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, 20), NumberStyles.None, CultureInfo.InvariantCulture, out firstOrdinal);
    }

    public static void WriteHeader(Span<byte> target, Guid storeId, long firstOrdinal, long startAddress)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], 0);
        storeId.TryWriteBytes(target[16..32], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], firstOrdinal);
        BinaryPrimitives.WriteInt64LittleEndian(target[40..], startAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Checksum(uint.MaxValue, target[..ChecksumOffset]));
    }

    /// <returns>Null when the header is good, else what is wrong with it.</returns>
    public static string? ReadHeader(ReadOnlySpan<byte> header, out Guid storeId, out long firstOrdinal, out long startAddress)
    {
        (storeId, firstOrdinal, startAddress) = (default, 0, 0);
        if (header.Length < HeaderBytes) return "the segment's header is cut off";
        if (BinaryPrimitives.ReadUInt64LittleEndian(header) != Magic) return "this is not a segment";
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[ChecksumOffset..]) != Checksum(uint.MaxValue, header[..ChecksumOffset])) return "the segment's header is damaged";
        var version = BinaryPrimitives.ReadUInt32LittleEndian(header[8..]);
        if (version != Version) return $"the segment has format version {version}, this program reads {Version}";
        storeId = new Guid(header[16..32], bigEndian: true);
        firstOrdinal = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
        startAddress = BinaryPrimitives.ReadInt64LittleEndian(header[40..]);
        return null;
    }

    /// <summary>What every frame checksum of the store begins with.</summary>
    public static uint SeedOf(Guid storeId)
    {
        Span<byte> bytes = stackalloc byte[16];
        storeId.TryWriteBytes(bytes, bigEndian: true, out _);
        return Checksum(uint.MaxValue, bytes);
    }

    public static uint FrameChecksum(uint seed, long address, ReadOnlySpan<byte> payload) =>
        Checksum(BitOperations.Crc32C(BitOperations.Crc32C(seed, (ulong)address), (uint)payload.Length), payload);

    private static uint Checksum(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var value in bytes) crc = BitOperations.Crc32C(crc, value);
        return crc;
    }
}
