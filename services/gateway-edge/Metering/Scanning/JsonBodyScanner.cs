namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// A body of JSON that arrives in any pieces: one document, an array of documents (Gemini's stream without <c>alt=sse</c>), or
/// documents one after the other.
/// </summary>
internal sealed class JsonBodyScanner(JsonDocumentScanner documents)
{
    private ReplyReader _reader = null!;
    private bool _isInDocument;
    private bool _isOver;

    /// <summary>The body is an array of documents.</summary>
    public bool IsArray { get; private set; }

    public int Failures { get; private set; }

    public void Begin(ReplyReader reader)
    {
        _reader = reader;
        _isInDocument = false;
        _isOver = false;
        IsArray = false;
        Failures = 0;
    }

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_isOver)
        {
            if (_isInDocument)
                bytes = bytes[ReadDocument(bytes)..];
            else
                bytes = ReadBetween(bytes);
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
            _reader.CommitDocument();
            _isInDocument = false;
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

    private ReadOnlySpan<byte> ReadBetween(ReadOnlySpan<byte> bytes)
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
                return bytes;
        }
    }
}
