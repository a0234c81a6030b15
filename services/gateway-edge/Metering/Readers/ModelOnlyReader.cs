namespace Pipeline.GatewayEdge.Metering;

/// <summary>Calls that are free (moderation, counting tokens): which model answered, and nothing that could be taken for usage.</summary>
internal sealed class ModelOnlyReader : ReplyReader
{
    private const int Id = 0, Model = 1;

    private static readonly JsonPath Tree = JsonPath.Root(JsonPath.Value("id", Id), JsonPath.Value("model", Model), ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
        else if (kind == JsonScalar.Text)
            (slot == Model ? Facts.Model : Facts.ResponseId).Stage(token);
    }

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
