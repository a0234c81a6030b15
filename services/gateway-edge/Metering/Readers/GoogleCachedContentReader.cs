using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// A prompt put into Gemini's cache. What is paid is its storage, by token and hour: the tokens are a quantity of the call, no tokens
/// that a model read, and how long they are kept only the later deletion tells.
/// </summary>
internal sealed class GoogleCachedContentReader : ReplyReader
{
    private const int Usage = 0, Model = 1, Name = 2;

    public const string StoredTokens = "cache_storage_tokens";

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Raw("usageMetadata", Usage),
        JsonPath.Value("model", Model),
        JsonPath.Value("name", Name),
        ErrorPlaces.Place());

    public override JsonPath Root => Tree;

    public override void OnScalar(int slot, JsonScalar kind, ReadOnlySpan<byte> token)
    {
        if (ErrorPlaces.Owns(slot))
            ErrorPlaces.OnScalar(Facts.Error, slot, kind, token);
        else if (kind == JsonScalar.Text)
            (slot == Model ? Facts.Model : Facts.ResponseId).Stage(slot == Model ? LastSegment(token) : token);
    }

    /// <summary>models/gemini-2.5-pro, on Vertex behind the names of project and publisher.</summary>
    private static ReadOnlySpan<byte> LastSegment(ReadOnlySpan<byte> name) => name[(name.LastIndexOf((byte)'/') + 1)..];

    public override void OnEnter(int slot, bool isArray) => ErrorPlaces.OnEnter(Facts.Error, slot);

    public override void OnRaw(int slot, ReadOnlySpan<byte> json) => Facts.Usage.Stage(json);

    public override void ReadUsage(JsonElement usage, UsageFigures into) =>
        into.AddQuantity(StoredTokens, UsageFigures.Number(usage, "totalTokenCount"));

    protected override DocumentMeaning Commit()
    {
        Facts.CommitStaged();
        return DocumentMeaning.Continues;
    }

    protected override void Forget()
    {
    }
}
