namespace Pipeline.GatewayEdge.Metering;

/// <summary>Why each choice of a document's list ended: told when the choice is left, under its own index or else its place in the list.</summary>
internal sealed class ChoiceReasons
{
    private readonly TextFact _reason = new();
    private int _seen;
    private int _index;

    public void OnEnter() => _index = _seen;

    public void OnIndex(ReadOnlySpan<byte> literal)
    {
        if (TokenCount.TryParse(literal, out var index))
            _index = (int)Math.Min(index, FinishReasons.MaxChoices);
    }

    public void OnReason(ReadOnlySpan<byte> reason) => _reason.Stage(reason);

    public void OnLeave(FinishReasons into)
    {
        _seen++;
        if (!_reason.Current.IsEmpty)
            into.Stage(_index, _reason.Current);
        _reason.Discard();
    }

    /// <summary>Ready for the next document.</summary>
    public void Clear()
    {
        _seen = 0;
        _index = 0;
        _reason.Discard();
    }
}
