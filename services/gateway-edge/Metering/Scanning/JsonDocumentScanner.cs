using System.Buffers;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>How a scanned value is written.</summary>
internal enum JsonScalar
{
    /// <summary>The bytes between the quotes, escapes untouched.</summary>
    Text,

    /// <summary>A number, true or false, as written.</summary>
    Literal,

    Null,
}

/// <summary>
/// Walks one JSON document that arrives in any pieces, and tells a reader of the places in its <see cref="JsonPath"/> tree.
/// Everything else is skipped without being kept, so a reply of any size needs the same few bytes of state.
/// </summary>
/// <remarks>
/// Structure is checked where it is walked; skipped values are only checked for balance, names and strings not for UTF-8: a
/// meter must follow what it needs, not judge the provider. Text that a reader gets may therefore be invalid and is checked there.
/// </remarks>
internal sealed class JsonDocumentScanner
{
    /// <summary>A wanted object (usage) larger than this is not kept: <see cref="LimitsReached"/>.</summary>
    public const int MaxRawBytes = 64 * 1024;

    /// <summary>A wanted string that arrives in pieces is kept up to this size; longer ones fulfil no rule of the record.</summary>
    private const int MaxTokenBytes = BoundedText.MaxRawBytes + 1;

    private enum State : byte
    {
        BeforeValue,
        BeforeValueOrArrayEnd,
        BeforeName,
        BeforeNameOrObjectEnd,
        InName,
        BeforeColon,
        BeforeCommaOrEnd,
        InText,
        InLiteral,
        InSkipped,
        InSkippedText,
        Closed,
        Failed,
        Ignored,
    }

    private static readonly SearchValues<byte> SkipStops = SearchValues.Create("\"{}[]"u8);

    private readonly JsonPath?[] _frames = new JsonPath?[JsonPath.MaxDepth + 1];
    private readonly int[] _counts = new int[JsonPath.MaxDepth + 1];
    private readonly byte[] _token = new byte[MaxTokenBytes];
    private byte[] _raw = new byte[1024];

    private ReplyReader _reader = null!;
    private State _state;
    private int _depth;
    private uint _arrayFrames;
    private JsonPath? _place;
    private int _skipDepth;
    private int _tokenLength;
    private int _rawLength;
    private bool _isCapturing;
    private bool _isEscaped;
    private bool _hasEscapes;

    /// <summary>The document's last brace has been read.</summary>
    public bool IsClosed => _state == State.Closed;

    /// <summary>It is not JSON, or not of a shape that can be walked.</summary>
    public bool IsFailed => _state == State.Failed;

    /// <summary>The reader said that the rest cannot matter.</summary>
    public bool IsIgnored => _state == State.Ignored;

    /// <summary>Nothing of the document has been read yet.</summary>
    public bool IsUntouched => _state == State.BeforeValue && _depth == 0;

    /// <summary>Wanted objects that were too large to keep, since <see cref="Attach"/>.</summary>
    public int LimitsReached { get; private set; }

    public void Attach(ReplyReader reader)
    {
        _reader = reader;
        LimitsReached = 0;
        Restart();
    }

    /// <summary>Ready for the next document.</summary>
    public void Restart()
    {
        _state = State.BeforeValue;
        _place = null;
        _depth = 0;
        _arrayFrames = 0;
        _skipDepth = 0;
        _tokenLength = 0;
        _rawLength = 0;
        _isCapturing = false;
        _isEscaped = false;
        _hasEscapes = false;
    }

    /// <summary>Reads on; stops right behind the end of the document.</summary>
    /// <returns>Bytes consumed: all of them unless the document ended or failed.</returns>
    public int Feed(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        var rawStart = 0;
        while (at < bytes.Length)
        {
            switch (_state)
            {
                case State.InName:
                    at = ReadName(bytes, at);
                    continue;
                case State.InText:
                    at = ReadText(bytes, at);
                    continue;
                case State.InLiteral:
                    at = ReadLiteral(bytes, at);
                    continue;
                case State.InSkipped:
                case State.InSkippedText:
                    at = Skip(bytes, at, ref rawStart);
                    continue;
                case State.Closed:
                case State.Failed:
                case State.Ignored:
                    return at;
            }

            var next = bytes[at];
            if (next is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            {
                at++;
                continue;
            }

            if (next == (byte)'{' && _state is State.BeforeValue or State.BeforeValueOrArrayEnd && _place is { IsRaw: true })
                rawStart = at;

            at = ReadStructure(next, at);
        }

        if (_isCapturing)
            Capture(bytes[rawStart..]);

        return at;
    }

    /// <summary>The end of the input ends a number or literal that stands alone as the document.</summary>
    public void FinishInput()
    {
        if (_state == State.InLiteral && _depth == 0)
            EndValue();
    }

    private int ReadStructure(byte next, int at)
    {
        switch (_state)
        {
            case State.BeforeName or State.BeforeNameOrObjectEnd when next == (byte)'"':
                _state = State.InName;
                _tokenLength = 0;
                _hasEscapes = false;
                return at + 1;

            case State.BeforeNameOrObjectEnd or State.BeforeCommaOrEnd when next == (byte)'}' && !InArray:
            case State.BeforeValueOrArrayEnd or State.BeforeCommaOrEnd when next == (byte)']' && InArray:
                LeaveFrame();
                return at + 1;

            case State.BeforeColon when next == (byte)':':
                _state = State.BeforeValue;
                return at + 1;

            case State.BeforeCommaOrEnd when next == (byte)',':
                _state = InArray ? State.BeforeValue : State.BeforeName;
                _place = InArray ? _frames[_depth]!.Item : null;
                return at + 1;

            case State.BeforeValue:
            case State.BeforeValueOrArrayEnd:
                return ReadValueStart(next, at);

            default:
                _state = State.Failed;
                return at;
        }
    }

    private bool InArray => (_arrayFrames & (1u << _depth)) != 0;

    private int ReadValueStart(byte next, int at)
    {
        if (InArray)
            _counts[_depth]++;

        switch (next)
        {
            case (byte)'"':
                _state = State.InText;
                _tokenLength = 0;
                return at + 1;

            case (byte)'{':
                OpenObject();
                return at + 1;

            case (byte)'[':
                OpenArray();
                return at + 1;

            case (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n':
            case >= (byte)'0' and <= (byte)'9':
                _state = State.InLiteral;
                _tokenLength = 0;
                return at;

            default:
                _state = State.Failed;
                return at;
        }
    }

    private void OpenObject()
    {
        var place = _depth == 0 ? _reader.Root : _place;
        if (place is null || (!place.IsRaw && !place.HasMembers))
        {
            StartSkipping();
            return;
        }

        if (place.IsRaw)
        {
            _isCapturing = true;
            _rawLength = 0;
            StartSkipping();
            return;
        }

        EnterFrame(place, isArray: false);
        _state = State.BeforeNameOrObjectEnd;
    }

    private void OpenArray()
    {
        if (_depth == 0 || _place is null || (_place.Item is null && _place.Slot < 0))
        {
            StartSkipping();
            return;
        }

        EnterFrame(_place, isArray: true);
        _place = _place.Item;
        _state = State.BeforeValueOrArrayEnd;
    }

    private void StartSkipping()
    {
        _skipDepth = 1;
        _state = State.InSkipped;
    }

    private void EnterFrame(JsonPath place, bool isArray)
    {
        _depth++;
        _frames[_depth] = place;
        _counts[_depth] = 0;
        _arrayFrames = isArray ? _arrayFrames | (1u << _depth) : _arrayFrames & ~(1u << _depth);
        if (place.Slot >= 0)
            _reader.OnEnter(place.Slot, isArray);
    }

    private void LeaveFrame()
    {
        var place = _frames[_depth]!;
        if (place.Slot >= 0)
            _reader.OnLeave(place.Slot, InArray, _counts[_depth]);

        _depth--;
        _state = _depth == 0 ? State.Closed : State.BeforeCommaOrEnd;
    }

    private int ReadName(ReadOnlySpan<byte> bytes, int at)
    {
        var end = FindQuote(bytes, at);
        if (end < 0)
        {
            KeepToken(bytes[at..]);
            return bytes.Length;
        }

        var name = TakeToken(bytes[at..end]);
        if (_hasEscapes)
            _place = BoundedText.Decode(name) is { } decoded ? _frames[_depth]!.Find(System.Text.Encoding.UTF8.GetBytes(decoded)) : null;
        else
            _place = _frames[_depth]!.Find(name);

        end++;
        if (end < bytes.Length && bytes[end] == (byte)':')
            return AfterColon(bytes, end + 1);

        _state = State.BeforeColon;
        return end;
    }

    // The two sequences that compact JSON is made of, "name":value and value,"name", take one step instead of three; whatever does
    // not fit is left to the state machine.
    private int AfterColon(ReadOnlySpan<byte> bytes, int at)
    {
        if (at < bytes.Length && bytes[at] == (byte)'"')
        {
            _state = State.InText;
            _tokenLength = 0;
            return ReadText(bytes, at + 1);
        }

        _state = State.BeforeValue;
        return at;
    }

    private int AfterValue(ReadOnlySpan<byte> bytes, int at)
    {
        EndValue();
        if (at + 1 >= bytes.Length || bytes[at] != (byte)',' || bytes[at + 1] != (byte)'"' || _state != State.BeforeCommaOrEnd || InArray)
            return at;

        _state = State.InName;
        _tokenLength = 0;
        _hasEscapes = false;
        return at + 2;
    }

    private int ReadText(ReadOnlySpan<byte> bytes, int at)
    {
        var isWanted = _place is { Slot: >= 0 };
        var end = FindQuote(bytes, at);
        if (end < 0)
        {
            if (isWanted)
                KeepToken(bytes[at..]);
            return bytes.Length;
        }

        if (isWanted)
            Tell(JsonScalar.Text, TakeToken(bytes[at..end]));

        return AfterValue(bytes, end + 1);
    }

    private int ReadLiteral(ReadOnlySpan<byte> bytes, int at)
    {
        var isWanted = _place is { Slot: >= 0 };
        var end = at;
        while (end < bytes.Length && IsLiteralByte(bytes[end]))
            end++;

        if (end == bytes.Length)
        {
            if (isWanted)
                KeepToken(bytes[at..]);
            return bytes.Length;
        }

        if (isWanted)
        {
            var literal = TakeToken(bytes[at..end]);
            Tell(literal.SequenceEqual("null"u8) ? JsonScalar.Null : JsonScalar.Literal, literal);
        }

        return AfterValue(bytes, end);
    }

    private static bool IsLiteralByte(byte value) =>
        (byte)(value - '0') <= 9 || (byte)((value | 0x20) - 'a') <= 'z' - 'a' || value is (byte)'.' or (byte)'-' or (byte)'+';

    private void Tell(JsonScalar kind, ReadOnlySpan<byte> token) => _reader.OnScalar(_place!.Slot, kind, token);

    private void EndValue()
    {
        _state = _reader.IsIrrelevant ? State.Ignored : _depth == 0 ? State.Closed : State.BeforeCommaOrEnd;
    }

    /// <summary>Passes a container that is not walked: only nesting and strings are followed.</summary>
    private int Skip(ReadOnlySpan<byte> bytes, int at, ref int rawStart)
    {
        while (at < bytes.Length)
        {
            if (_state == State.InSkippedText)
            {
                var end = FindQuote(bytes, at);
                if (end < 0)
                    return bytes.Length;

                at = end + 1;
                _state = State.InSkipped;
                continue;
            }

            // Between strings there are mostly one or two bytes; a vector search pays off only in long arrays of numbers.
            var found = bytes[at];
            if (!IsSkipStop(found) && (++at >= bytes.Length || !IsSkipStop(found = bytes[at])))
            {
                var stop = bytes[at..].IndexOfAny(SkipStops);
                if (stop < 0)
                    return bytes.Length;

                at += stop;
                found = bytes[at];
            }

            at++;
            if (found == (byte)'"')
            {
                _state = State.InSkippedText;
            }
            else if (found is (byte)'{' or (byte)'[')
            {
                _skipDepth++;
            }
            else if (--_skipDepth == 0)
            {
                EndSkipped(bytes, at, rawStart);
                return at;
            }
        }

        return at;
    }

    private static bool IsSkipStop(byte value) => value is (byte)'"' or (byte)'{' or (byte)'}' or (byte)'[' or (byte)']';

    private void EndSkipped(ReadOnlySpan<byte> bytes, int at, int rawStart)
    {
        if (_isCapturing)
        {
            Capture(bytes[rawStart..at]);
            _isCapturing = false;
            if (_rawLength >= 0)
                _reader.OnRaw(_place!.Slot, _raw.AsSpan(0, _rawLength));
        }

        EndValue();
    }

    /// <summary>Position of the string's closing quote, -1 when it is not in these bytes.</summary>
    private int FindQuote(ReadOnlySpan<byte> bytes, int at)
    {
        if (_isEscaped && at < bytes.Length)
        {
            _isEscaped = false;
            at++;
        }

        while (at < bytes.Length)
        {
            var stop = bytes[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (stop < 0)
                return -1;

            at += stop;
            if (bytes[at] == (byte)'"')
                return at;

            _hasEscapes = true;
            if (at + 1 == bytes.Length)
            {
                _isEscaped = true;
                return -1;
            }

            at += 2;
        }

        return -1;
    }

    /// <summary>Keeps a piece of a wanted token whose end has not arrived; what is over the bound makes the token overlong, hence unusable.</summary>
    private void KeepToken(ReadOnlySpan<byte> piece)
    {
        var kept = Math.Min(piece.Length, MaxTokenBytes - _tokenLength);
        piece[..kept].CopyTo(_token.AsSpan(_tokenLength));
        _tokenLength += kept;
    }

    private ReadOnlySpan<byte> TakeToken(ReadOnlySpan<byte> lastPiece)
    {
        if (_tokenLength == 0)
            return lastPiece;

        KeepToken(lastPiece);
        return _token.AsSpan(0, _tokenLength);
    }

    /// <summary>Keeps a piece of a wanted object; a negative length marks one that grew over the bound.</summary>
    private void Capture(ReadOnlySpan<byte> piece)
    {
        if (_rawLength < 0)
            return;

        if (_rawLength + piece.Length > MaxRawBytes)
        {
            _rawLength = -1;
            LimitsReached++;
            return;
        }

        if (_rawLength + piece.Length > _raw.Length)
            Array.Resize(ref _raw, Math.Min(MaxRawBytes, Math.Max(_raw.Length * 2, _rawLength + piece.Length)));

        piece.CopyTo(_raw.AsSpan(_rawLength));
        _rawLength += piece.Length;
    }
}
