using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// A prompt put into Gemini's cache. What is paid is its storage, by token and hour: the tokens are a quantity of the call, no tokens
/// that a model read, and how long they are kept only the later deletion tells.
/// </summary>
internal sealed class GoogleCachedContentReader : ReplyReader
{
    private const int Model = 0;

    public const string StoredTokens = "cache_storage_tokens";

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Raw("usageMetadata", FactPlaces.Usage),
        JsonPath.Value("model", Model),
        JsonPath.Value("name", FactPlaces.Id),
        ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    /// <summary>models/gemini-2.5-pro, on Vertex behind the names of project and publisher.</summary>
    protected override void OnText(int slot, ReadOnlySpan<byte> text) => Facts.Model.Stage(text[(text.LastIndexOf((byte)'/') + 1)..]);

    public override void ReadUsage(JsonElement usage, UsageFigures into) =>
        into.AddQuantity(StoredTokens, UsageFigures.Number(usage, "totalTokenCount"));
}
