using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>OpenAI embeddings: model and usage; the vectors are skipped.</summary>
internal sealed class OpenAIEmbeddingsReader : ReplyReader
{
    private const int Model = 0, Usage = 1;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("model", Model),
        JsonPath.Raw("usage", Usage),
        ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (slot == Model && kind == JsonScalar.Text)
            Facts.Model.Stage(token);
        else if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
    }

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => OpenAIUsage.ReadEmbeddings(usage, Family.Dialect, into);

    protected override DocumentMeaning Commit()
    {
        Facts.CommitStaged();
        return DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
    }
}
