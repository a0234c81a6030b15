namespace Pipeline.Simulation.Tests.World;

/// <summary>The only source of randomness of a run: everything that is chosen follows from the seed.</summary>
internal sealed class Chance(int seed)
{
    public Random Random { get; } = new(seed);

    public bool Hits(double probability) => probability > 0 && Random.NextDouble() < probability;

    /// <summary>0 to <paramref name="count"/> - 1.</summary>
    public int Below(int count) => Random.Next(count);

    /// <summary>Both ends included.</summary>
    public int Between(int least, int most) => Random.Next(least, most + 1);

    public T Of<T>(IReadOnlyList<T> values) => values[Random.Next(values.Count)];

    public TimeSpan Time(TimeSpan longest) => TimeSpan.FromTicks(Random.NextInt64(longest.Ticks + 1));

    public Guid Id()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    /// <summary>Shaped as UUIDv7, so that nothing downstream finds fault with it.</summary>
    public Guid EventId()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0f));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        return new Guid(bytes, bigEndian: true);
    }
}
