namespace Pipeline.GatewayEdge.Metering;

/// <summary>Keeps one wanted object as it stands, while it is skipped. Part of its scanner, never copied.</summary>
internal struct RawCapture(int maxBytes)
{
    private const int FirstBytes = 1024;

    private readonly Pieces _pieces = new(FirstBytes, maxBytes);
    private int _start;

    public bool IsActive { get; private set; }

    /// <param name="at">The opening brace, in the bytes at hand.</param>
    public void Start(int at)
    {
        _pieces.Clear();
        _start = at;
        IsActive = true;
    }

    /// <summary>The bytes at hand are over, the object is not.</summary>
    public void KeepRest(ReadOnlySpan<byte> bytes)
    {
        if (!IsActive)
            return;

        _pieces.Add(bytes[_start..]);
        _start = 0;
    }

    /// <summary>The object ends before <paramref name="end"/>.</summary>
    /// <returns>False when it was larger than the bound.</returns>
    public bool TryFinish(ReadOnlySpan<byte> bytes, int end, out ReadOnlySpan<byte> raw)
    {
        IsActive = false;
        raw = _pieces.Finish(bytes[_start..end]);
        return !_pieces.IsOverBound;
    }

    public void Cancel() => IsActive = false;
}
