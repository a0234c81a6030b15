using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Gemini embedContent and batchEmbedContents: older models count nothing, newer ones the prompt. Nothing is written.</summary>
internal sealed class GoogleEmbeddingsReader : ReplyReader
{
    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Raw("usageMetadata", FactPlaces.Usage),
        JsonPath.Value("modelVersion", FactPlaces.Model),
        ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    public override void ReadUsage(JsonElement usage, UsageFigures into) => GoogleUsage.ReadEmbeddings(usage, into);
}
