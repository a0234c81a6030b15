namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Reads one JSON document that arrives in any pieces, along the reader's tree of places (<see cref="JsonWalk"/>). Everything outside the
/// tree is skipped without being kept, so a reply of any size needs the same few bytes of state.
/// </summary>
/// <remarks>
/// Structure is checked where it is walked; skipped values are only checked for balance, names and strings not for UTF-8: a
/// meter must follow what it needs, not judge the provider. Text that a reader gets may therefore be invalid and is checked there.
/// </remarks>
internal sealed class JsonDocumentScanner
{
    /// <summary>A wanted object (usage) larger than this is not kept: <see cref="LimitsReached"/>.</summary>
    public const int MaxRawBytes = 64 * 1024;

    private JsonWalk _walk = new();
    private JsonToken _token = new();
    private JsonState _state;
    private ContainerSkip _skip;
    private RawCapture _raw = new(MaxRawBytes);

    /// <summary>The document's last brace has been read.</summary>
    public bool IsClosed => _state == JsonState.Closed;

    /// <summary>It is not JSON, or not of a shape that can be walked.</summary>
    public bool IsFailed => _state == JsonState.Failed;

    /// <summary>The reader said that the rest cannot matter.</summary>
    public bool IsIgnored => _state == JsonState.Ignored;

    /// <summary>Nothing of the document has been read yet.</summary>
    public bool IsUntouched => _state == JsonState.BeforeValue && _walk.IsAtRoot;

    /// <summary>Wanted objects that were too large to keep, since <see cref="Attach"/>.</summary>
    public int LimitsReached { get; private set; }

    public void Attach(ReplyReader reader)
    {
        _walk.Attach(reader);
        LimitsReached = 0;
        Restart();
    }

    /// <summary>Ready for the next document.</summary>
    public void Restart()
    {
        _state = JsonState.BeforeValue;
        _walk.Restart();
        _raw.Cancel();
    }

    /// <summary>Reads on; stops right behind the end of the document.</summary>
    /// <returns>Bytes consumed: all of them unless the document ended or failed.</returns>
    public int Feed(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            switch (_state)
            {
                case JsonState.InName:
                    at = ReadName(bytes, at);
                    continue;
                case JsonState.InText:
                    at = ReadText(bytes, at);
                    continue;
                case JsonState.InLiteral:
                    at = ReadLiteral(bytes, at);
                    continue;
                case JsonState.InSkipped:
                    at = Skip(bytes, at);
                    continue;
                case JsonState.Closed:
                case JsonState.Failed:
                case JsonState.Ignored:
                    return at;
            }

            var next = bytes[at];
            if (next is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
            {
                at++;
                continue;
            }

            at = ReadStructure(next, at);
        }

        _raw.KeepRest(bytes);
        return at;
    }

    /// <summary>The end of the input ends a number or literal that stands alone as the document.</summary>
    public void FinishInput()
    {
        if (_state == JsonState.InLiteral && _walk.IsAtRoot)
            EndValue();
    }

    private int ReadStructure(byte next, int at)
    {
        switch (_state)
        {
            case JsonState.BeforeName or JsonState.BeforeNameOrObjectEnd when next == (byte)'"':
                StartToken(JsonState.InName);
                return at + 1;

            case JsonState.BeforeNameOrObjectEnd or JsonState.BeforeCommaOrEnd when next == (byte)'}' && !InArray:
            case JsonState.BeforeValueOrArrayEnd or JsonState.BeforeCommaOrEnd when next == (byte)']' && InArray:
                _walk.Close();
                _state = _walk.IsAtRoot ? JsonState.Closed : JsonState.BeforeCommaOrEnd;
                return at + 1;

            case JsonState.BeforeColon when next == (byte)':':
                _state = JsonState.BeforeValue;
                return at + 1;

            case JsonState.BeforeCommaOrEnd when next == (byte)',':
                _state = InArray ? JsonState.BeforeValue : JsonState.BeforeName;
                _walk.OnComma();
                return at + 1;

            case JsonState.BeforeValue:
            case JsonState.BeforeValueOrArrayEnd:
                return ReadValueStart(next, at);

            default:
                _state = JsonState.Failed;
                return at;
        }
    }

    private bool InArray => _walk.InArray;

    private int ReadValueStart(byte next, int at)
    {
        if (InArray)
            _walk.OnElement();

        switch (next)
        {
            case (byte)'"':
                StartToken(JsonState.InText);
                return at + 1;

            case (byte)'{':
                Open(_walk.OpenObject(), JsonState.BeforeNameOrObjectEnd, at);
                return at + 1;

            case (byte)'[':
                Open(_walk.OpenArray(), JsonState.BeforeValueOrArrayEnd, at);
                return at + 1;

            case (byte)'-' or (byte)'t' or (byte)'f' or (byte)'n':
            case >= (byte)'0' and <= (byte)'9':
                StartToken(JsonState.InLiteral);
                return at;

            default:
                _state = JsonState.Failed;
                return at;
        }
    }

    private void Open(ContainerUse use, JsonState inside, int at)
    {
        if (use == ContainerUse.Walked)
        {
            _state = inside;
            return;
        }

        if (use == ContainerUse.Kept)
            _raw.Start(at);

        _skip = ContainerSkip.Start();
        _state = JsonState.InSkipped;
    }

    private void StartToken(JsonState state)
    {
        _state = state;
        _token.Start();
    }

    private int ReadName(ReadOnlySpan<byte> bytes, int at)
    {
        if (!_token.TryReadText(bytes, ref at, isWanted: true, out var name))
            return at;

        _walk.OnName(name, _token.HasEscapes);
        if (at < bytes.Length && bytes[at] == (byte)':')
            return AfterColon(bytes, at + 1);

        _state = JsonState.BeforeColon;
        return at;
    }

    // The two sequences that compact JSON is made of, "name":value and value,"name", take one step instead of three; whatever does
    // not fit is left to the state machine.
    private int AfterColon(ReadOnlySpan<byte> bytes, int at)
    {
        if (at < bytes.Length && bytes[at] == (byte)'"')
        {
            StartToken(JsonState.InText);
            return ReadText(bytes, at + 1);
        }

        _state = JsonState.BeforeValue;
        return at;
    }

    private int AfterValue(ReadOnlySpan<byte> bytes, int at)
    {
        EndValue();
        if (_state != JsonState.BeforeCommaOrEnd || InArray)
            return at;

        if (at + 1 >= bytes.Length || bytes[at] != (byte)',' || bytes[at + 1] != (byte)'"')
            return at;

        StartToken(JsonState.InName);
        return at + 2;
    }

    private int ReadText(ReadOnlySpan<byte> bytes, int at)
    {
        var isWanted = _walk.IsWanted;
        if (!_token.TryReadText(bytes, ref at, isWanted, out var text))
            return at;

        if (isWanted)
            _walk.OnScalar(JsonScalar.Text, text);

        return AfterValue(bytes, at);
    }

    private int ReadLiteral(ReadOnlySpan<byte> bytes, int at)
    {
        var isWanted = _walk.IsWanted;
        if (!_token.TryReadLiteral(bytes, ref at, isWanted, out var literal))
            return at;

        if (isWanted)
            _walk.OnScalar(literal.SequenceEqual("null"u8) ? JsonScalar.Null : JsonScalar.Literal, literal);

        return AfterValue(bytes, at);
    }

    private void EndValue()
    {
        _state = _walk.IsIrrelevant ? JsonState.Ignored : _walk.IsAtRoot ? JsonState.Closed : JsonState.BeforeCommaOrEnd;
    }

    private int Skip(ReadOnlySpan<byte> bytes, int at)
    {
        at = _skip.Pass(bytes, at);
        if (!_skip.IsOver)
            return at;

        if (_raw.IsActive)
        {
            if (_raw.TryFinish(bytes, at, out var raw))
                _walk.OnKept(raw);
            else
                LimitsReached++;
        }

        return AfterValue(bytes, at);
    }
}
