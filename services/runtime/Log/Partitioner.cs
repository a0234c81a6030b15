using System.Buffers.Binary;

namespace Pipeline.Runtime.Log;

/// <summary>
/// The pipeline's one partitioner: murmur2 over the key, as Java's default producer does. Every writer names the partition
/// itself, because librdkafka's default differs and a key must not move when the engine does.
/// </summary>
public static class Partitioner
{
    private const uint Seed = 0x9747b28c;
    private const uint Mix = 0x5bd1e995;

    /// <returns>0 to <paramref name="partitionCount"/> - 1.</returns>
    public static int PartitionOf(ReadOnlySpan<byte> key, int partitionCount) =>
        (int)((Murmur2(key) & 0x7fffffff) % (uint)partitionCount);

    /// <summary>Murmur2 with Kafka's seed, 32 bits.</summary>
    public static uint Murmur2(ReadOnlySpan<byte> data)
    {
        var hash = Seed ^ (uint)data.Length;
        for (; data.Length >= 4; data = data[4..])
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(data) * Mix;
            word ^= word >> 24;
            hash = (hash * Mix) ^ (word * Mix);
        }

        if (data.Length > 2) hash ^= (uint)data[2] << 16;
        if (data.Length > 1) hash ^= (uint)data[1] << 8;
        if (data.Length > 0) hash = (hash ^ data[0]) * Mix;

        hash = (hash ^ (hash >> 13)) * Mix;
        return hash ^ (hash >> 15);
    }
}
