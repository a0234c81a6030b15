using System.IO.Compression;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>How a body is encoded on the wire.</summary>
internal enum ContentCoding
{
    Identity,
    Gzip,
    Brotli,
    Deflate,
    Unknown,
}

/// <summary>
/// Decodes a reply's body for the meter, beside the bytes that are forwarded untouched. Holds one input and one output block; what
/// a chunk holds comes out with that chunk.
/// </summary>
internal sealed class ReplyDecoder : IDisposable
{
    /// <summary>Decoded bytes beyond this are not metered: no real reply comes near.</summary>
    public const long MaxDecodedBytes = 256L * 1024 * 1024;

    private const int BlockBytes = 16 * 1024;

    private readonly PushedBytes _input = new();
    private readonly byte[] _block = new byte[BlockBytes];
    private readonly ContentCoding _coding;
    private Stream? _decoded;
    private long _decodedBytes;

    public ReplyDecoder(ContentCoding coding) => _coding = coding;

    /// <summary>The bytes are not of the coding they claim.</summary>
    public bool IsBroken { get; private set; }

    /// <summary><see cref="MaxDecodedBytes"/> reached.</summary>
    public bool IsOverLimit => _decodedBytes > MaxDecodedBytes;

    /// <param name="header">Value of the reply's content-encoding header; empty when it has none.</param>
    public static ContentCoding Parse(ReadOnlySpan<char> header)
    {
        header = header.Trim();
        if (header.IsEmpty || header.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return ContentCoding.Identity;
        if (header.Equals("gzip", StringComparison.OrdinalIgnoreCase) || header.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            return ContentCoding.Gzip;
        if (header.Equals("br", StringComparison.OrdinalIgnoreCase))
            return ContentCoding.Brotli;
        return header.Equals("deflate", StringComparison.OrdinalIgnoreCase) ? ContentCoding.Deflate : ContentCoding.Unknown;
    }

    /// <summary>Takes a piece of the encoded body; at most <see cref="Capacity"/> bytes.</summary>
    public void Push(ReadOnlySpan<byte> piece)
    {
        if (IsBroken)
            return;

        // Whatever stands behind the end of the encoded data is left where it is: it must not pile up.
        if (_input.TryPush(piece))
            _decoded ??= Open();
        else
            IsBroken = true;
    }

    public static int Capacity => BlockBytes;

    /// <summary>The next decoded bytes, empty when more input is needed; valid until the next call.</summary>
    public ReadOnlySpan<byte> Read()
    {
        if (_decoded is null || IsBroken || IsOverLimit)
            return default;

        try
        {
            var length = _decoded.Read(_block, 0, _block.Length);
            _decodedBytes += length;
            return _block.AsSpan(0, length);
        }
        catch (Exception failure) when (failure is InvalidDataException or InvalidOperationException or IOException)
        {
            IsBroken = true;
            return default;
        }
    }

    public void Dispose() => _decoded?.Dispose();

    /// <summary>"deflate" means zlib, but some servers send the bare format: the first two bytes tell.</summary>
    private Stream? Open()
    {
        switch (_coding)
        {
            case ContentCoding.Gzip:
                return new GZipStream(_input, CompressionMode.Decompress);
            case ContentCoding.Brotli:
                return new BrotliStream(_input, CompressionMode.Decompress);
            default:
                if (_input.Peek() is not { Length: >= 2 } start)
                    return null;
                var isZlib = (start[0] & 0x0f) == 8 && ((start[0] << 8) | start[1]) % 31 == 0;
                return isZlib ? new ZLibStream(_input, CompressionMode.Decompress) : new DeflateStream(_input, CompressionMode.Decompress);
        }
    }

    /// <summary>A stream whose end is only the end of what has arrived; the decompressors go on when more is there.</summary>
    private sealed class PushedBytes : Stream
    {
        private readonly byte[] _bytes = new byte[BlockBytes + 2];
        private int _start;
        private int _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public byte[] Peek() => _bytes.AsSpan(_start, Math.Min(2, _end - _start)).ToArray();

        public bool TryPush(ReadOnlySpan<byte> piece)
        {
            _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
            _end -= _start;
            _start = 0;
            if (!piece.TryCopyTo(_bytes.AsSpan(_end)))
                return false;

            _end += piece.Length;
            return true;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var length = Math.Min(buffer.Length, _end - _start);
            _bytes.AsSpan(_start, length).CopyTo(buffer);
            _start += length;
            return length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
