namespace Pipeline.GatewayEdge.Metering;

/// <summary>A name, string or literal that may arrive in pieces; kept only when it is wanted. Part of its scanner, never copied.</summary>
internal struct JsonToken()
{
    // An overlong token is one that no rule of the record lets pass: it ends as an empty one.
    private readonly Pieces _pieces = new(BoundedText.MaxNameLength, BoundedText.MaxRawBytes);
    private StringEnd _end;

    /// <summary>The bytes are not the text: escapes have to be undone.</summary>
    public readonly bool HasEscapes => _end.HasEscapes;

    public void Start()
    {
        if (!_pieces.IsEmpty)
            _pieces.Clear();
        _end = default;
    }

    /// <summary>Reads the rest of a string, behind its opening quote.</summary>
    /// <param name="bytes">What has arrived.</param>
    /// <param name="at">Moves behind the closing quote, or to the end of the bytes.</param>
    /// <param name="isWanted">The text is kept.</param>
    /// <param name="text">The bytes between the quotes; empty when not wanted or overlong.</param>
    /// <returns>False: more has to arrive.</returns>
    public bool TryReadText(ReadOnlySpan<byte> bytes, ref int at, bool isWanted, out ReadOnlySpan<byte> text)
    {
        var end = _end.Find(bytes, at);
        var isWhole = end >= 0;
        text = Take(bytes[at..(isWhole ? end : bytes.Length)], isWanted, isWhole);
        at = isWhole ? end + 1 : bytes.Length;
        return isWhole;
    }

    /// <summary>As <see cref="TryReadText"/> for a number, true, false or null, which ends where another character stands.</summary>
    public bool TryReadLiteral(ReadOnlySpan<byte> bytes, ref int at, bool isWanted, out ReadOnlySpan<byte> literal)
    {
        var start = at;
        while (at < bytes.Length && IsLiteralByte(bytes[at]))
            at++;

        var isWhole = at < bytes.Length;
        literal = Take(bytes[start..at], isWanted, isWhole);
        return isWhole;
    }

    private readonly ReadOnlySpan<byte> Take(ReadOnlySpan<byte> piece, bool isWanted, bool isWhole)
    {
        if (!isWanted)
            return default;

        if (isWhole)
            return _pieces.IsEmpty ? piece : _pieces.Finish(piece);

        _pieces.Add(piece);
        return default;
    }

    private static bool IsLiteralByte(byte value) =>
        (byte)(value - '0') <= 9 || (byte)((value | 0x20) - 'a') <= 'z' - 'a' || value is (byte)'.' or (byte)'-' or (byte)'+';
}
