namespace Pipeline.GatewayEdge.Metering;

/// <summary>Why generation ended, one per choice, in the order of the choices.</summary>
internal sealed class FinishReasons
{
    /// <summary>Choices beyond this are not recorded: OpenAI takes an n of at most 128.</summary>
    public const int MaxChoices = 128;

    /// <summary>Stands for a reason that is no token of [A-Za-z0-9_.:-].</summary>
    public const string Unusable = "other";

    private readonly string?[] _kept = new string?[MaxChoices];
    private readonly string?[] _staged = new string?[MaxChoices];
    private bool _isStaged;

    public bool HasAny { get; private set; }

    public void Reset()
    {
        Array.Clear(_kept);
        HasAny = false;
        Discard();
    }

    public void Stage(int choice, ReadOnlySpan<byte> raw) => Stage(choice, BoundedText.Decode(raw));

    public void Stage(int choice, string? reason)
    {
        if (choice is < 0 or >= MaxChoices)
            return;

        _staged[choice] = BoundedText.Token(reason) ?? Unusable;
        _isStaged = true;
    }

    public void Discard()
    {
        if (_isStaged)
            Array.Clear(_staged);
        _isStaged = false;
    }

    public void Commit()
    {
        if (!_isStaged)
            return;

        for (var choice = 0; choice < MaxChoices; choice++)
            _kept[choice] = _staged[choice] ?? _kept[choice];

        HasAny = true;
        Discard();
    }

    public string[] ToArray() => HasAny ? [.. _kept.Where(reason => reason is not null).Select(reason => reason!)] : [];
}
