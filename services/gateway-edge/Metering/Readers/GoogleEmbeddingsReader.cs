using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Gemini embedContent and batchEmbedContents: older models count nothing, newer ones the prompt. Nothing is written.</summary>
internal sealed class GoogleEmbeddingsReader : ReplyReader
{
    private const int Usage = 0, ModelVersion = 1;

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Raw("usageMetadata", Usage),
        JsonPath.Value("modelVersion", ModelVersion),
        ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
        else if (kind == JsonScalar.Text)
            Facts.Model.Stage(token);
    }

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    public override void ReadUsage(JsonElement usage, UsageFigures into) => GoogleUsage.ReadEmbeddings(usage, into);

    protected override DocumentMeaning Commit()
    {
        Facts.CommitStaged();
        return DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
    }
}
