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

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
        {
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
            return;
        }

        switch (slot)
        {
            // "error" only says what the body is.
            case Type when kind == JsonScalar.Text && !token.SequenceEqual("error"u8):
                _type.Stage(token);
                break;
            case Code when !_hasInner:
                Facts.Error.StageCode(kind, token);
                break;
        }
    }

    public override void OnEnter(int slot, bool isArray)
    {
        _hasInner = true;
        ErrorPlaces.OnEnter(Facts.Error, slot);
    }

    public override bool IsWhole(ReplyFacts facts, bool isStream, bool transportComplete) => transportComplete;

    protected override DocumentMeaning Commit()
    {
        if (!_hasInner && !_type.Current.IsEmpty)
            Facts.Error.StageType(_type.Current);

        Facts.Error.Stage();
        Facts.CommitStaged();
        return DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
        _type.Discard();
        _hasInner = false;
    }
}
