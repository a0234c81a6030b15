namespace Pipeline.GatewayEdge.Metering;

/// <summary>The error object of a reply; its message is never kept. A later error replaces an earlier one whole.</summary>
internal sealed class ErrorFact
{
    private bool _isStaged;
    private string? _stagedType;
    private string? _stagedCode;
    private bool _isStagedCodeNumber;

    public bool IsSeen { get; private set; }

    /// <summary>Token of [A-Za-z0-9_.:-], 1-64 characters; null when there was none or it was something else.</summary>
    public string? Type { get; private set; }

    /// <summary>As <see cref="Type"/>; a number is kept as its digits.</summary>
    public string? Code { get; private set; }

    /// <summary>The provider wrote <see cref="Code"/> as a number.</summary>
    public bool IsCodeNumber { get; private set; }

    public void Reset()
    {
        IsSeen = false;
        Type = null;
        Code = null;
        IsCodeNumber = false;
        Discard();
    }

    /// <summary>There is an error, whatever it holds.</summary>
    public void Stage() => _isStaged = true;

    public void StageType(ReadOnlySpan<byte> raw) => _stagedType = TokenOf(raw);

    public void StageCode(JsonScalar kind, ReadOnlySpan<byte> raw)
    {
        if (kind == JsonScalar.Null)
            return;

        _stagedCode = TokenOf(raw);
        _isStagedCodeNumber = kind == JsonScalar.Literal;
    }

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
        IsCodeNumber = _stagedCode is not null && _isStagedCodeNumber;
        Discard();
    }

    private static string? TokenOf(ReadOnlySpan<byte> raw) => BoundedText.Token(BoundedText.Decode(raw));
}
