namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The body of a reply whose status is an error, of whatever family: an error object as in <see cref="ErrorPlaces"/>, or its members
/// beside the message (Mistral, xAI, Cohere, gateways). Of both, the error object's own members count.
/// </summary>
internal sealed class ErrorReplyReader : ReplyReader
{
    private const int Type = 0, Code = 1;

    private static readonly JsonPath Tree = JsonPath.Root(
        ErrorPlaces.Place(), JsonPath.Value("type", Type), JsonPath.Value("error_type", Type), JsonPath.Value("code", Code));

    private readonly TextFact _type = new();
    private bool _hasInner;

    public override JsonPath Root => Tree;

    protected override void OnText(int slot, ReadOnlySpan<byte> text)
    {
        // "error" only says what the body is.
        if (slot == Type && !text.SequenceEqual("error"u8))
            _type.Stage(text);
        else if (slot == Code)
            OnCode(JsonScalar.Text, text);
    }

    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
        if (slot == Code)
            OnCode(JsonScalar.Literal, literal);
    }

    private void OnCode(JsonScalar kind, ReadOnlySpan<byte> code)
    {
        if (!_hasInner)
            Facts.Error.StageCode(kind, code);
    }

    public override void OnEnter(int slot, bool isArray)
    {
        _hasInner = true;
        base.OnEnter(slot, isArray);
    }

    public override bool IsWhole(ReplyFacts facts, bool isStream, bool transportComplete) => transportComplete && !isStream;

    /// <summary>Of a stream that is not read, only its last byte tells the end.</summary>
    public override bool HasEnded(ReplyFacts facts, bool isStream, bool transportComplete) => transportComplete;

    protected override DocumentMeaning Commit()
    {
        if (!_hasInner && !_type.Current.IsEmpty)
            Facts.Error.StageType(_type.Current);

        Facts.Error.Stage();
        return base.Commit();
    }

    protected override void Forget()
    {
        _type.Discard();
        _hasInner = false;
    }
}
