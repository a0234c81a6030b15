namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Splits an AWS event stream that arrives in any pieces into messages, checks both checksums of each and hands its document to the
/// document scanner. A message that came in one piece is read where it stands; one in pieces is put together first.
/// </summary>
/// <remarks>
/// A message with a wrong checksum does not count and the next one is read; a wrong prelude leaves nothing to find the next one by, so
/// metering ends there. Both are <see cref="Failures"/>.
/// </remarks>
internal sealed class AwsFrameScanner(JsonDocumentScanner documents)
{
    /// <summary>A larger message is passed over unread: <see cref="LimitsReached"/>. Those with usage are a few KiB.</summary>
    public const int MaxReadBytes = 1024 * 1024;

    private readonly PooledBytes _gathered = new();
    private readonly PooledBytes _decoded = new();
    private ReplyReader _reader = null!;
    private TextCounter _text = null!;
    private int _gatheredLength;
    private int _messageLength;
    private int _toPass;
    private bool _isLost;

    /// <summary>The message that completes the reply has been read whole; nothing after it is looked at.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>That message, by position.</summary>
    public (long Start, long End) Completing { get; private set; }

    /// <summary>A message with right checksums was there.</summary>
    public bool HasMessages { get; private set; }

    public int Failures { get; private set; }

    public int LimitsReached { get; private set; }

    /// <param name="reader">Of the reply's family.</param>
    /// <param name="text">Gets every whole document.</param>
    public void Begin(ReplyReader reader, TextCounter text)
    {
        _reader = reader;
        _text = text;
        _gatheredLength = 0;
        _messageLength = 0;
        _toPass = 0;
        _isLost = false;
        IsCompleted = false;
        Completing = default;
        HasMessages = false;
        Failures = 0;
        LimitsReached = 0;
    }

    /// <param name="bytes">The next piece of the stream.</param>
    /// <param name="position">Of its first byte.</param>
    public void Feed(ReadOnlySpan<byte> bytes, long position)
    {
        while (!bytes.IsEmpty && !IsCompleted && !_isLost)
        {
            var taken = _toPass > 0 ? Pass(bytes)
                : _gatheredLength > 0 || bytes.Length < AwsFrame.PreludeBytes ? Gather(bytes, position)
                : ReadInPlace(bytes, position);
            bytes = bytes[taken..];
            position += taken;
        }
    }

    /// <summary>The input is over; a message that is not whole does not count. Gives the buffers back.</summary>
    public void FinishInput()
    {
        if (_gatheredLength > 0 || _toPass > 0)
            Failures++;

        _gatheredLength = 0;
        _toPass = 0;
        _gathered.Release();
        _decoded.Release();
        _reader.Discard();
    }

    private int Pass(ReadOnlySpan<byte> bytes)
    {
        var passed = Math.Min(_toPass, bytes.Length);
        _toPass -= passed;
        return passed;
    }

    private int ReadInPlace(ReadOnlySpan<byte> bytes, long position)
    {
        if (!TryStart(bytes))
            return _toPass > 0 ? Pass(bytes) : bytes.Length;

        if (bytes.Length < _messageLength)
            return Gather(bytes, position);

        OnMessage(bytes[.._messageLength], position);
        return _messageLength;
    }

    private int Gather(ReadOnlySpan<byte> bytes, long position)
    {
        var taken = 0;
        if (_gatheredLength < AwsFrame.PreludeBytes)
        {
            taken = Append(bytes, AwsFrame.PreludeBytes);
            if (_gatheredLength < AwsFrame.PreludeBytes)
                return taken;

            if (!TryStart(_gathered.Span(AwsFrame.PreludeBytes)))
            {
                _toPass = Math.Max(0, _toPass - AwsFrame.PreludeBytes);
                _gatheredLength = 0;
                return taken;
            }
        }

        taken += Append(bytes[taken..], _messageLength);
        if (_gatheredLength < _messageLength)
            return taken;

        _gatheredLength = 0;
        OnMessage(_gathered.Span(_messageLength), position + taken - _messageLength);
        return taken;
    }

    private int Append(ReadOnlySpan<byte> bytes, int upTo)
    {
        var piece = bytes[..Math.Min(bytes.Length, upTo - _gatheredLength)];
        piece.CopyTo(_gathered.Grow(upTo, _gatheredLength)[_gatheredLength..]);
        _gatheredLength += piece.Length;
        return piece.Length;
    }

    /// <returns>False: the message is to be passed over, or no message can be found any more.</returns>
    private bool TryStart(ReadOnlySpan<byte> prelude)
    {
        if (!AwsFrame.TryReadLength(prelude, out _messageLength))
        {
            Failures++;
            _isLost = true;
            return false;
        }

        if (_messageLength <= MaxReadBytes)
            return true;

        LimitsReached++;
        _toPass = _messageLength;
        return false;
    }

    private void OnMessage(ReadOnlySpan<byte> message, long position)
    {
        if (!AwsFrame.TryRead(message, out var frame))
        {
            Failures++;
            return;
        }

        HasMessages = true;
        var meaning = frame.IsEvent ? OnEvent(frame) : OnFault(frame);
        if (meaning != DocumentMeaning.Completes)
            return;

        IsCompleted = true;
        Completing = (position, position + message.Length);
    }

    private DocumentMeaning OnEvent(in AwsFrame frame)
    {
        if (!_reader.WantsEvent(frame.Type))
        {
            _text.Feed(frame.Payload);
            return DocumentMeaning.Continues;
        }

        var document = frame.Payload;
        if (BedrockChunk.Is(frame) && !BedrockChunk.TryUnwrap(frame.Payload, _decoded, out document))
        {
            Failures++;
            return DocumentMeaning.Continues;
        }

        _text.Feed(document);
        documents.Restart();
        documents.Feed(document);
        if (documents.IsClosed)
            return _reader.CommitDocument();

        if (!documents.IsIgnored)
            Failures++;

        _reader.Discard();
        return DocumentMeaning.Continues;
    }

    /// <summary>An exception ends the stream: nothing comes after it.</summary>
    private DocumentMeaning OnFault(in AwsFrame frame)
    {
        _reader.OnFault(frame.Type);
        return DocumentMeaning.Completes;
    }
}
