namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// A string that documents of a stream repeat (id, model): staged by one document, kept when that document is whole. The
/// same value again costs one comparison and nothing is copied.
/// </summary>
internal sealed class TextFact
{
    private byte[] _kept = new byte[BoundedText.MaxRawBytes];
    private byte[] _staged = new byte[BoundedText.MaxRawBytes];
    private int _keptLength;
    private int _stagedLength;
    private bool _isStaged;

    public bool IsKnown => _keptLength > 0;

    public ReadOnlySpan<byte> Kept => _kept.AsSpan(0, _keptLength);

    /// <summary>What the current document says, else what is kept.</summary>
    public ReadOnlySpan<byte> Current => _isStaged ? _staged.AsSpan(0, _stagedLength) : Kept;

    public void Reset()
    {
        _keptLength = 0;
        _isStaged = false;
    }

    /// <summary>Stages the bytes between the quotes. Empty and overlong ones are ignored: the last usable value wins.</summary>
    public void Stage(ReadOnlySpan<byte> raw)
    {
        if (raw.Length == 0 || raw.Length > _staged.Length)
            return;

        if (raw.SequenceEqual(Kept))
        {
            _isStaged = false;
            return;
        }

        raw.CopyTo(_staged);
        _stagedLength = raw.Length;
        _isStaged = true;
    }

    public void Discard() => _isStaged = false;

    public void Commit()
    {
        if (!_isStaged)
            return;

        (_kept, _staged) = (_staged, _kept);
        _keptLength = _stagedLength;
        _isStaged = false;
    }

    /// <summary>The kept value as text, null when there is none or it is not valid.</summary>
    public string? Text() => IsKnown ? BoundedText.Decode(Kept) : null;
}
