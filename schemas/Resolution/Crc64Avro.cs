using System.Text;

namespace Pipeline.Schemas.Resolution;

/// <summary>CRC-64-AVRO, the 64-bit Rabin fingerprint of Avro's specification.</summary>
internal static class Crc64Avro
{
    private const ulong Empty = 0xc15d213aa4d7a795;
    private static readonly ulong[] Table = MakeTable();

    public static ulong Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    public static ulong Of(ReadOnlySpan<byte> data)
    {
        var hash = Empty;
        foreach (var value in data)
            hash = (hash >> 8) ^ Table[(byte)(hash ^ value)];
        return hash;
    }

    private static ulong[] MakeTable()
    {
        var table = new ulong[256];
        for (var i = 0; i < table.Length; i++)
        {
            var hash = (ulong)i;
            for (var bit = 0; bit < 8; bit++)
                hash = (hash >> 1) ^ (Empty & (0 - (hash & 1)));
            table[i] = hash;
        }

        return table;
    }
}
