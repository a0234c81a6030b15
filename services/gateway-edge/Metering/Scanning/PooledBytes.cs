using System.Buffers;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Bytes from the shared pool that grow as needed and are kept from use to use, until they are released.</summary>
internal sealed class PooledBytes
{
    private byte[] _bytes = [];

    /// <summary>At least that many bytes, the first <paramref name="kept"/> of them as they were.</summary>
    public Span<byte> Grow(int length, int kept)
    {
        if (length > _bytes.Length)
        {
            var grown = ArrayPool<byte>.Shared.Rent(length);
            _bytes.AsSpan(0, kept).CopyTo(grown);
            Release();
            _bytes = grown;
        }

        return _bytes;
    }

    public ReadOnlySpan<byte> Span(int length) => _bytes.AsSpan(0, length);

    public void Release()
    {
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
