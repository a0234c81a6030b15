namespace Pipeline.GatewayEdge.Metering;

/// <summary>The error object of a reply; its message is never kept. A later error replaces an earlier one whole.</summary>
internal sealed class ErrorFact
{
    private bool _isStaged;
    private string? _stagedType;
    private string? _stagedCode;

    public bool IsSeen { get; private set; }

    /// <summary>Token of [A-Za-z0-9_.:-], 1-64 characters; null when there was none or it was something else.</summary>
    public string? Type { get; private set; }

    /// <summary>As <see cref="Type"/>; a number is kept as its digits.</summary>
    public string? Code { get; private set; }

    public void Reset()
    {
        IsSeen = false;
        Type = null;
        Code = null;
        Discard();
    }

    /// <summary>There is an error, whatever it holds.</summary>
    public void Stage() => _isStaged = true;

    public void StageType(ReadOnlySpan<byte> raw) => _stagedType = TokenOf(raw);

    public void StageCode(ReadOnlySpan<byte> raw) => _stagedCode = TokenOf(raw);

    public void Discard()
    {
        _isStaged = false;
        _stagedType = null;
        _stagedCode = null;
    }

    public void Commit()
    {
        if (!_isStaged)
            return;

        IsSeen = true;
        Type = _stagedType;
        Code = _stagedCode;
        Discard();
    }

    private static string? TokenOf(ReadOnlySpan<byte> raw) => BoundedText.Token(BoundedText.Decode(raw));
}
