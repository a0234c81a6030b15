namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// A body of JSON that arrives in any pieces: one document, an array of documents (Gemini's stream without <c>alt=sse</c>), or
/// documents one after the other, as in streams of one document a line.
/// </summary>
internal sealed class JsonBodyScanner(JsonDocumentScanner documents)
{
    private ReplyReader _reader = null!;
    private bool _isInDocument;
    private bool _isOver;
    private int _documents;
    private bool _mayBeLines;
    private bool _isLines;

    /// <summary>The body is an array of documents.</summary>
    public bool IsArray { get; private set; }

    /// <summary>A stream of one document a line.</summary>
    public bool IsLines => _isLines || (_mayBeLines && !IsArray && _documents > 1);

    /// <summary>The document that completes the reply has been read, where that can be known: in a stream of lines.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>First byte of the newest document.</summary>
    public long DocumentStart { get; private set; }

    public int Failures { get; private set; }

    /// <param name="reader">Of the reply's family.</param>
    /// <param name="mayBeLines">The family streams one document a line: a second document says that this is such a stream.</param>
    /// <param name="isLines">The content-type says so.</param>
    public void Begin(ReplyReader reader, bool mayBeLines, bool isLines)
    {
        _reader = reader;
        _mayBeLines = mayBeLines;
        _isLines = isLines;
        _isInDocument = false;
        _isOver = false;
        _documents = 0;
        IsArray = false;
        IsCompleted = false;
        Failures = 0;
    }

    /// <param name="bytes">The next piece of the body.</param>
    /// <param name="position">Of its first byte.</param>
    public void Feed(ReadOnlySpan<byte> bytes, long position)
    {
        var end = position + bytes.Length;
        while (!bytes.IsEmpty && !_isOver && !IsCompleted)
        {
            if (_isInDocument)
                bytes = bytes[ReadDocument(bytes)..];
            else
                bytes = ReadBetween(bytes, end);
        }
    }

    /// <summary>The input is over; a document that is not whole does not count.</summary>
    public void FinishInput()
    {
        if (!_isInDocument)
            return;

        documents.FinishInput();
        if (documents.IsClosed)
            _reader.CommitDocument();
        else if (!documents.IsIgnored)
            Failures++;
    }

    private int ReadDocument(ReadOnlySpan<byte> bytes)
    {
        var consumed = documents.Feed(bytes);
        if (documents.IsClosed)
        {
            var meaning = _reader.CommitDocument();
            _isInDocument = false;
            IsCompleted = meaning == DocumentMeaning.Completes && IsLines;
        }
        else if (documents.IsFailed)
        {
            Failures++;
            _reader.Discard();
            _isOver = true;
        }
        else if (documents.IsIgnored)
        {
            _isOver = true;
        }

        return consumed;
    }

    private ReadOnlySpan<byte> ReadBetween(ReadOnlySpan<byte> bytes, long end)
    {
        bytes = bytes.TrimStart(" \t\r\n"u8);
        if (bytes.IsEmpty)
            return bytes;

        switch (bytes[0])
        {
            case (byte)'[' when !IsArray:
                IsArray = true;
                return bytes[1..];
            case (byte)',' when IsArray:
                return bytes[1..];
            case (byte)']' when IsArray:
                _isOver = true;
                return default;
            default:
                documents.Restart();
                _isInDocument = true;
                _documents++;
                DocumentStart = end - bytes.Length;
                return bytes;
        }
    }
}
