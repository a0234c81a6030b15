using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Books;

/// <summary>
/// A provider's rule "these models cost N times as much when ...", for token rates. Catalogues list rates; such rules stand in the
/// provider's documentation only.
/// </summary>
/// <param name="Provider">Matches the provider as the event names it, in lower case.</param>
/// <param name="Model">Matches the model as the event names it, in lower case.</param>
/// <param name="Period">When the rule holds.</param>
public sealed record PriceFactor(NameMatch Provider, NameMatch Model, EffectivePeriod Period, IReadOnlyDictionary<string, string> When, decimal Factor)
{
    public const decimal MaxFactor = 100;

    private const string ResourcePrefix = "factors/";
    private const string FileName = "factors.jsonl";

    private static readonly Lazy<IReadOnlyList<PriceFactor>> EmbeddedFactors = new(static () => Read(FileName, EmbeddedBytes));

    /// <summary>The rules that the product carries.</summary>
    public static IReadOnlyList<PriceFactor> Embedded => EmbeddedFactors.Value;

    internal static byte[] EmbeddedBytes => DataSource.Embedded(ResourcePrefix)(FileName);

    /// <summary>Ways of service that the rule is a price for.</summary>
    public ServiceKeys Keys { get; } = PriceVariant.KeysOf(When);

    public bool IsFor(string lowerCaseProvider, string lowerCaseModel) => Provider.Matches(lowerCaseProvider) && Model.Matches(lowerCaseModel);

    public bool Holds(DateTime at, IReadOnlyDictionary<string, string> context) => PriceVariant.IsNamed(When, context) && Period.Holds(at);

    /// <summary>A head line, then {provider, model, when, from?, factor, source} each.</summary>
    /// <exception cref="DataFormatException">A line is not what the format says.</exception>
    internal static IReadOnlyList<PriceFactor> Read(string file, byte[] bytes) =>
        [.. DataLine.Split(file, bytes).Skip(1).Select(static line => line.Read(static json => new PriceFactor(
            CatalogueLine.ToMatch(json.GetProperty("provider")),
            CatalogueLine.ToMatch(json.GetProperty("model")),
            CatalogueLine.ToPeriod(json),
            CatalogueLine.Texts(json.GetProperty("when")),
            json.GetProperty("factor").GetDecimal() is >= 0 and <= MaxFactor and var factor ? factor : throw new FormatException($"a factor is 0 to {MaxFactor}"))))];
}
