using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>All virtual keys at one time; replaced as a whole.</summary>
internal sealed class VirtualKeySet(IReadOnlyList<VirtualKey> keys)
{
    private readonly FrozenDictionary<long, VirtualKey[]> _byStart =
        keys.GroupBy(static key => BinaryPrimitives.ReadInt64LittleEndian(key.Hash)).ToFrozenDictionary(static group => group.Key, static group => group.ToArray());

    public int Count => keys.Count;

    /// <summary>Found by the start of the hash, then compared in a time that does not tell how much of it was right.</summary>
    public VirtualKey? Find(ReadOnlySpan<char> key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if (!KeyText.Hash(key, hash) || !_byStart.TryGetValue(BinaryPrimitives.ReadInt64LittleEndian(hash), out var candidates)) return null;
        VirtualKey? found = null;
        foreach (var candidate in candidates)
            if (CryptographicOperations.FixedTimeEquals(candidate.Hash, hash)) found = candidate;
        return found;
    }
}
