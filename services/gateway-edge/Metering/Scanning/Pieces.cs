namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Puts a value together that arrives in pieces, up to a bound. What came in one piece is never copied by <see cref="Finish"/>.
/// </summary>
internal sealed class Pieces(int firstBytes, int maxBytes)
{
    private byte[] _bytes = new byte[firstBytes];
    private int _length;

    /// <summary>The value is larger than the bound; what is kept of it is not to be used.</summary>
    public bool IsOverBound { get; private set; }

    public bool IsEmpty => _length == 0 && !IsOverBound;

    public void Clear()
    {
        _length = 0;
        IsOverBound = false;
    }

    public void Add(ReadOnlySpan<byte> piece)
    {
        if (IsOverBound)
            return;

        if (_length + piece.Length > maxBytes)
        {
            IsOverBound = true;
            return;
        }

        if (_length + piece.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Min(maxBytes, Math.Max(_bytes.Length * 2, _length + piece.Length)));

        piece.CopyTo(_bytes.AsSpan(_length));
        _length += piece.Length;
    }

    /// <summary>The whole value, empty when it is over the bound; valid until the next change.</summary>
    public ReadOnlySpan<byte> Finish(ReadOnlySpan<byte> last)
    {
        if (_length == 0 && !IsOverBound)
        {
            if (last.Length <= maxBytes)
                return last;

            IsOverBound = true;
        }

        Add(last);
        return IsOverBound ? default : _bytes.AsSpan(0, _length);
    }
}
