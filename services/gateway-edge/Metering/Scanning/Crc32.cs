using System.Buffers.Binary;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// CRC-32 as of zlib and AWS event streams: polynomial 0x04C11DB7 reflected, start and end inverted. The runtime has only the
/// Castagnoli polynomial. Eight bytes a step by eight tables.
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB8_8320;
    private const int Slices = 8;
    private const int TableSize = 256;

    private static readonly uint[] Tables = MakeTables();

    /// <param name="bytes">What is summed up.</param>
    /// <param name="before">The CRC of the bytes before them; 0 = there are none.</param>
    public static uint Of(ReadOnlySpan<byte> bytes, uint before = 0)
    {
        var tables = Tables;
        var crc = ~before;
        while (bytes.Length >= Slices)
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[(7 * TableSize) + (byte)low]
                ^ tables[(6 * TableSize) + (byte)(low >> 8)]
                ^ tables[(5 * TableSize) + (byte)(low >> 16)]
                ^ tables[(4 * TableSize) + (byte)(low >> 24)]
                ^ tables[(3 * TableSize) + (byte)high]
                ^ tables[(2 * TableSize) + (byte)(high >> 8)]
                ^ tables[TableSize + (byte)(high >> 16)]
                ^ tables[(byte)(high >> 24)];
            bytes = bytes[Slices..];
        }

        foreach (var next in bytes)
            crc = tables[(byte)(crc ^ next)] ^ (crc >> 8);

        return ~crc;
    }

    private static uint[] MakeTables()
    {
        var tables = new uint[Slices * TableSize];
        for (var value = 0; value < TableSize; value++)
        {
            var crc = (uint)value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            tables[value] = crc;
        }

        for (var at = TableSize; at < tables.Length; at++)
            tables[at] = tables[(byte)tables[at - TableSize]] ^ (tables[at - TableSize] >> 8);

        return tables;
    }
}
