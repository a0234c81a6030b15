using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>OpenAI embeddings: model and usage; the vectors are skipped.</summary>
internal sealed class OpenAIEmbeddingsReader : ReplyReader
{
    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Value("model", FactPlaces.Model),
        JsonPath.Raw("usage", FactPlaces.Usage),
        ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    public override void ReadUsage(JsonElement usage, UsageFigures into) => OpenAIUsage.ReadEmbeddings(usage, Family.Dialect, into);
}
