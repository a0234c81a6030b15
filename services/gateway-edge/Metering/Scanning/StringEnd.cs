namespace Pipeline.GatewayEdge.Metering;

/// <summary>Finds the closing quote of a JSON string that may arrive in pieces. Reset to default at each string's start.</summary>
internal struct StringEnd
{
    private bool _isEscaped;

    /// <summary>A backslash stood in the string: its bytes are not its text.</summary>
    public bool HasEscapes { get; private set; }

    /// <returns>Position of the closing quote, -1 when it is not in these bytes.</returns>
    public int Find(ReadOnlySpan<byte> bytes, int at)
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

            HasEscapes = true;
            if (at + 1 == bytes.Length)
            {
                _isEscaped = true;
                return -1;
            }

            at += 2;
        }

        return -1;
    }
}
