using System.Buffers;
using System.IO.Pipelines;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>A request's body as far as it was gathered before forwarding.</summary>
internal struct RequestBody
{
    private const int FirstBytes = 16 * 1024;

    private byte[]? _buffer;

    /// <summary>Bytes gathered.</summary>
    public int Length { get; private set; }

    /// <summary>The whole body is gathered; else the rest still has to be read from <see cref="Rest"/>.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>What the request says of its length; null = chunked, or no body.</summary>
    public long? DeclaredLength { get; private set; }

    public bool IsPresent { get; private set; }

    public PipeReader? Rest { get; private set; }

    public readonly ReadOnlyMemory<byte> Gathered => _buffer.AsMemory(0, Length);

    public static RequestBody None => new() { IsWhole = true };

    public static RequestBody Ungathered(PipeReader reader, long? declaredLength) =>
        new() { Rest = reader, DeclaredLength = declaredLength, IsPresent = true, IsWhole = declaredLength == 0 };

    /// <summary>Reads the whole body, or up to the bound when it turns out to be larger.</summary>
    /// <exception cref="IOException">The caller's connection broke.</exception>
    public static async ValueTask<RequestBody> GatherAsync(PipeReader reader, long? declaredLength, int maxBytes)
    {
        var body = Ungathered(reader, declaredLength);
        body._buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(declaredLength ?? FirstBytes, maxBytes));
        try
        {
            while (!body.IsWhole)
            {
                var read = await reader.ReadAsync();
                var taken = read.Buffer;
                if (body.Length + taken.Length > maxBytes)
                {
                    // The rest is left in the reader: the streamed body takes it from there.
                    var fitting = taken.Slice(0, maxBytes - body.Length);
                    body.Append(fitting);
                    reader.AdvanceTo(fitting.End);
                    return body;
                }

                body.Append(taken);
                reader.AdvanceTo(taken.End);
                body.IsWhole = read.IsCompleted || body.Length == declaredLength;
            }

            return body;
        }
        catch
        {
            body.Return();
            throw;
        }
    }

    /// <summary>Gives the memory back. Not to be called while an upstream may still read it.</summary>
    public void Return()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        Length = 0;
    }

    /// <summary>Leaves the memory to the collector, because someone may still read it.</summary>
    public void Forget() => _buffer = null;

    private void Append(in ReadOnlySequence<byte> bytes)
    {
        var needed = Length + (int)bytes.Length;
        if (needed > _buffer!.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _buffer.Length));
            _buffer.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(Length));
        Length = needed;
    }
}
