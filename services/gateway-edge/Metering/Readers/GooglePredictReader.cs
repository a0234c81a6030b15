using System.Text.Json;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Vertex predict: embeddings count the tokens of each text, <c>predictions[].embeddings.statistics.token_count</c>, which are the parts
/// of one input and are added up; images are counted by themselves.
/// </summary>
internal sealed class GooglePredictReader : ReplyReader
{
    private const int TokenCounts = 0, ImageBytes = 1, Characters = 2;

    private const string Images = "images";

    private static readonly JsonPath Tree = JsonPath.Root(
        JsonPath.Array(
            "predictions",
            -1,
            -1,
            JsonPath.Object("embeddings", -1, JsonPath.Object("statistics", -1, JsonPath.Value("token_count", TokenCounts))),
            JsonPath.Value("mimeType", ImageBytes)),
        JsonPath.Object("metadata", -1, JsonPath.Value("billableCharacterCount", Characters)),
        ErrorPlaces.Place());

    private long? _tokens;
    private long? _characters;
    private long _images;
    private bool _isWhole;

    public override JsonPath Root => Tree;

    protected override void OnText(int slot, ReadOnlySpan<byte> text) => _images += slot == ImageBytes ? 1 : 0;

    protected override void OnLiteral(int slot, ReadOnlySpan<byte> literal)
    {
        if (slot == TokenCounts)
            _tokens = TokenCount.TryParse(literal, out var count) && _tokens is not < 0 ? Math.Min((_tokens ?? 0) + count, TokenCount.Max) : -1;
        else if (slot == Characters && TokenCount.TryParse(literal, out var characters))
            _characters = characters;
    }

    /// <summary>One usage object of the figures that stood apart.</summary>
    public override void Conclude()
    {
        if (!_isWhole)
            return;

        if (_images > 0)
            Facts.Quantities = new Dictionary<string, decimal> { [Images] = _images };

        if (_tokens is not null)
            Facts.Usage.Stage(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, long?> { ["token_count"] = _tokens, ["billableCharacterCount"] = _characters }));
    }

    public override void ReadUsage(JsonElement usage, UsageFigures into) => into.Input = into.Count(usage, "token_count");

    protected override DocumentMeaning Commit()
    {
        _isWhole = true;
        return base.Commit();
    }

    protected override void Reset()
    {
        _tokens = null;
        _characters = null;
        _images = 0;
        _isWhole = false;
    }
}
