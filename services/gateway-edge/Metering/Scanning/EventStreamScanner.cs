namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Splits a stream of server-sent events that arrives in any pieces and hands the payload of its data lines to the document
/// scanner. Lines end in LF or CRLF; comments and other fields are passed over; nothing is buffered but the first bytes of a line.
/// </summary>
/// <remarks>
/// A document counts as soon as its last brace is read, not at the blank line behind it: the last event may lack that line, and
/// the frame that completes a reply must be known before its end is forwarded.
/// </remarks>
internal sealed class EventStreamScanner(JsonDocumentScanner documents)
{
    private enum Line : byte
    {
        Start,
        Data,
        PassedOver,
    }

    private readonly byte[] _lineStart = new byte[DataField.Length];
    private ReplyReader _reader = null!;
    private Line _line;
    private int _lineStartLength;
    private int _doneMatched;
    private long _eventStart;
    private int _documentsInEvent;
    private bool _isUsageOnly;
    private bool _isReleased;

    private static ReadOnlySpan<byte> DataField => "data:"u8;

    private static ReadOnlySpan<byte> Done => "[DONE]"u8;

    /// <summary>The frame that completes the reply has been read; nothing after it is looked at.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>First byte of the event being read; equals the end of what was fed when none is open.</summary>
    public long OpenEventStart => _eventStart;

    /// <summary>The open event is the usage-only chunk, whole but for its blank line.</summary>
    public bool IsOpenEventUsageOnly => _isUsageOnly && _documentsInEvent == 1 && !_isReleased;

    /// <summary>The usage-only chunk with its blank line, the first one of the reply; empty when there was none yet.</summary>
    public (long Start, long End) UsageOnlyEvent { get; private set; }

    public int Failures { get; private set; }

    /// <param name="reader">Of the reply's family; the document scanner is attached to the same one.</param>
    /// <param name="position">Of the first byte that will be fed.</param>
    public void Begin(ReplyReader reader, long position)
    {
        _reader = reader;
        _line = Line.Start;
        _lineStartLength = 0;
        _eventStart = position;
        IsCompleted = false;
        UsageOnlyEvent = default;
        Failures = 0;
        StartEvent(position);
    }

    /// <summary>The open event is too large to be held back: it can no longer be taken for the usage-only chunk.</summary>
    public void ReleaseOpenEvent() => _isReleased = true;

    public bool IsOpenEventReleased => _isReleased;

    /// <param name="bytes">The next piece of the stream.</param>
    /// <param name="position">Of its first byte.</param>
    public void Feed(ReadOnlySpan<byte> bytes, long position)
    {
        var at = 0;
        while (at < bytes.Length && !IsCompleted)
        {
            var rest = bytes[at..];
            var length = rest.IndexOf((byte)'\n');
            var isWhole = length >= 0;
            OnPiece(isWhole ? rest[..length] : rest, isWhole, position + at + (isWhole ? length + 1 : rest.Length));
            at += isWhole ? length + 1 : rest.Length;
        }
    }

    /// <summary>The input is over: an event without blank line counts if its document is whole.</summary>
    public void FinishInput()
    {
        if (!IsCompleted && !documents.IsUntouched && !documents.IsClosed && !documents.IsIgnored)
            Failures++;
        _reader.Discard();
    }

    private void OnPiece(ReadOnlySpan<byte> piece, bool endsLine, long end)
    {
        if (_line == Line.Start && !TryReadField(ref piece, endsLine, out var isBlank))
        {
            if (isBlank)
                EndEvent(end);
            return;
        }

        if (_line == Line.Data)
            OnPayload(piece);

        if (endsLine)
            _line = Line.Start;
    }

    /// <summary>Decides what the line is; false while its first bytes do not tell, or when it is over already.</summary>
    private bool TryReadField(ref ReadOnlySpan<byte> piece, bool endsLine, out bool isBlank)
    {
        isBlank = false;
        if (_lineStartLength == 0 && piece.StartsWith(DataField))
        {
            StartDataLine();
            piece = piece[DataField.Length..];
            return true;
        }

        var taken = Math.Min(piece.Length, DataField.Length - _lineStartLength);
        piece[..taken].CopyTo(_lineStart.AsSpan(_lineStartLength));
        _lineStartLength += taken;
        piece = piece[taken..];
        var start = _lineStart.AsSpan(0, _lineStartLength);
        if (endsLine && piece.IsEmpty && (start.IsEmpty || start.SequenceEqual("\r"u8)))
        {
            isBlank = true;
            _lineStartLength = 0;
            return false;
        }

        if (start.SequenceEqual(DataField))
        {
            StartDataLine();
            _lineStartLength = 0;
            return true;
        }

        if (_lineStartLength < DataField.Length && !endsLine)
            return false;

        _line = Line.PassedOver;
        _lineStartLength = 0;
        return true;
    }

    private void StartDataLine()
    {
        _line = Line.Data;
        _doneMatched = 0;

        // Some relays leave the blank line out: a new data line behind a whole document begins another one.
        if (documents.IsClosed)
            documents.Restart();
    }

    private void OnPayload(ReadOnlySpan<byte> payload)
    {
        if (documents.IsUntouched && !TryPassDone(ref payload))
            return;

        if (payload.IsEmpty || documents.IsClosed)
            return;

        documents.Feed(payload);
        if (!documents.IsClosed)
            return;

        _documentsInEvent++;
        var meaning = _reader.CommitDocument();
        _isUsageOnly = meaning == DocumentMeaning.UsageOnly;
        IsCompleted = meaning == DocumentMeaning.Completes;
    }

    /// <summary>Looks for <c>[DONE]</c> at the start of a payload; true when the payload is something else.</summary>
    private bool TryPassDone(ref ReadOnlySpan<byte> payload)
    {
        if (_doneMatched == 0)
            payload = payload.TrimStart(" \t"u8);

        while (!payload.IsEmpty && _doneMatched < Done.Length && payload[0] == Done[_doneMatched])
        {
            _doneMatched++;
            payload = payload[1..];
        }

        if (_doneMatched == Done.Length)
        {
            IsCompleted = _reader.OnDone();
            return false;
        }

        if (_doneMatched == 0 || payload.IsEmpty)
            return _doneMatched == 0;

        // An array, which no family sends: what was taken for the start of the mark belongs to it.
        documents.Feed(Done[.._doneMatched]);
        return true;
    }

    private void EndEvent(long end)
    {
        if (!documents.IsUntouched && !documents.IsClosed && !documents.IsIgnored)
            Failures++;

        if (IsOpenEventUsageOnly && UsageOnlyEvent.End == 0)
            UsageOnlyEvent = (_eventStart, end);

        _reader.Discard();
        StartEvent(end);
    }

    private void StartEvent(long position)
    {
        documents.Restart();
        _eventStart = position;
        _documentsInEvent = 0;
        _isUsageOnly = false;
        _isReleased = false;
        _doneMatched = 0;
    }
}
