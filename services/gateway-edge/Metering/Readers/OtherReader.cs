namespace Pipeline.GatewayEdge.Metering;

/// <summary>Reads nothing but the error object: for families without usage.</summary>
internal sealed class OtherReader : ReplyReader
{
    private static readonly JsonPath Tree = JsonPath.Root(ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token) =>
        ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    protected override DocumentMeaning Commit()
    {
        Facts.CommitStaged();
        return DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
    }
}
