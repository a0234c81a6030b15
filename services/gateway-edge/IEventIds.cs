using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pipeline.GatewayEdge;

/// <summary>Where event ids come from: UUIDv7 of the system, or a seeded source in the simulation.</summary>
public interface IEventIds
{
    /// <summary>A UUIDv7 that no other event has.</summary>
    Guid Next(DateTimeOffset at);
}

/// <summary>Ids of the system's random source, fetched for many at a time: asking it once for each id is a system call for each call.</summary>
public sealed class RandomEventIds : IEventIds
{
    private const int RandomBytesPerId = 10;
    private const int IdsPerFetch = 128;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _used;

    public Guid Next(DateTimeOffset at)
    {
        if (_random is null || _used == _random.Length)
        {
            _random ??= new byte[IdsPerFetch * RandomBytesPerId];
            RandomNumberGenerator.Fill(_random);
            _used = 0;
        }

        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, at.ToUnixTimeMilliseconds() << 16);
        _random.AsSpan(_used, RandomBytesPerId).CopyTo(id[6..]);
        _used += RandomBytesPerId;
        id[6] = (byte)(0x70 | (id[6] & 0x0f)); // version 7
        id[8] = (byte)(0x80 | (id[8] & 0x3f)); // the variant of RFC 9562
        return new Guid(id, bigEndian: true);
    }
}
