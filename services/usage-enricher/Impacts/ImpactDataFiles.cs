using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts;

/// <summary>
/// The data's files: one JSON value a line, after the head that names source, release, licence and copyright.
/// <code>
///   constants.jsonl   {name, value}
///   providers.jsonl   {provider, zone?, pue, wue}
///   zones.jsonl       {zone, gwp, adpe, pe, wue, warnings?}
///   models.jsonl      {provider, name, parameters | active + total, tps?, ttft?, warnings?, retired?}, or {provider, name, same_as, retired?}
/// </code>
/// `pue`, `wue` and parameters (in 1e9) are a number or {min, max}. An alias stands after the model that it names. `retired`
/// is the last release that had the model: later ones dropped it, and it stays here for the calls that used it.
/// </summary>
internal static class ImpactDataFiles
{
    public const string Constants = "constants.jsonl";
    public const string Providers = "providers.jsonl";
    public const string Zones = "zones.jsonl";
    public const string Models = "models.jsonl";

    /// <summary>Member of a model that newer releases of the data no longer have.</summary>
    public const string Retired = "retired";

    /// <summary>What a retired model's estimates warn of.</summary>
    public const string RetiredWarning = "model-retired";

    private const string ResourcePrefix = "impacts/";

    private static readonly Lazy<ImpactData> EmbeddedData = new(() => Read(DataSource.Embedded(ResourcePrefix)));

    /// <summary>The data that the product carries, read when first asked for.</summary>
    public static ImpactData Embedded => EmbeddedData.Value;

    /// <exception cref="DataFormatException">A file is missing or a line is not what the format says.</exception>
    public static ImpactData ReadFolder(string path) => File.Exists(Path.Combine(path, Constants))
        ? Read(DataSource.Folder(path))
        : throw new DataFormatException(path, 0, "no impact data: give a folder that `usage-enricher impact-data import --from DIR --out DIR` has written (docs/impacts.md)");

    /// <param name="read">Gives the bytes of a file by its name.</param>
    internal static ImpactData Read(Func<string, byte[]> read)
    {
        var constants = DataLine.Split(Constants, read(Constants));
        var release = constants[0].Read(json => DataLine.Text(json, "release"));
        try
        {
            return new ImpactData(
                release,
                DataVersion.Of([Constants, Providers, Zones, Models], read),
                ToConstants(constants.Skip(1)),
                ToModels(DataLine.Split(Models, read(Models)).Skip(1)),
                [.. DataLine.Split(Providers, read(Providers)).Skip(1).Select(ToCentre)],
                [.. DataLine.Split(Zones, read(Zones)).Skip(1).Select(ToMix)]);
        }
        catch (ArgumentException e)
        {
            throw new DataFormatException(Models, 0, e.Message, e);
        }
    }

    private static MethodConstants ToConstants(IEnumerable<DataLine> lines)
    {
        var constants = new MethodConstants();
        var missing = MethodConstants.Names.ToHashSet(StringComparer.Ordinal);
        foreach (var line in lines)
            constants = line.Read(json =>
            {
                var name = DataLine.Text(json, "name");
                if (!missing.Remove(name)) throw new FormatException($"{name} is no constant of the method, or stands twice");
                return constants.With(name, MethodConstants.Bounded(name, Number(json.GetProperty("value"))));
            });
        return missing.Count == 0 ? constants : throw new DataFormatException(Constants, 0, $"{string.Join(", ", missing.Order())} missing");
    }

    private static Dictionary<(string Provider, string Model), ServedModel> ToModels(IEnumerable<DataLine> lines)
    {
        var models = new Dictionary<(string Provider, string Model), ServedModel>();
        foreach (var line in lines)
        {
            var model = line.Read(json => ToModel(json, models));
            if (!models.TryAdd((model.Provider, model.Name), model))
                throw new DataFormatException(line.File, line.Number, $"{model.Provider}/{model.Name} stands twice");
        }

        return models;
    }

    private static ServedModel ToModel(JsonElement json, Dictionary<(string Provider, string Model), ServedModel> known)
    {
        var provider = DataLine.Text(json, "provider");
        var name = DataLine.Text(json, "name");
        if (!json.TryGetProperty("same_as", out var other)) return ToModel(json);
        if (!known.TryGetValue((provider, DataLine.Text(other)), out var model))
            throw new FormatException($"same_as: no {provider}/{DataLine.Text(other)} before this line");
        model = model with { Name = name };
        return Warnings(json) is { Count: > 0 } own ? model with { Warnings = [.. model.Warnings.Union(own)] } : model;
    }

    /// <summary>A model with its sizes, as lines of models.jsonl that are no alias have it.</summary>
    public static ServedModel ToModel(JsonElement json)
    {
        var isDense = json.TryGetProperty("parameters", out var parameters);
        return new ServedModel(
            DataLine.Text(json, "provider"),
            DataLine.Text(json, "name"),
            Range(isDense ? parameters : Needed(json, "active"), AboveZero),
            Range(isDense ? parameters : Needed(json, "total"), AboveZero),
            json.TryGetProperty("tps", out var speed) ? AboveZero(speed) : null,
            json.TryGetProperty("ttft", out var first) ? Amount(first) : null,
            Warnings(json));
    }

    private static DataCentre ToCentre(DataLine line) => line.Read(json => new DataCentre(
        DataLine.Text(json, "provider"),
        json.TryGetProperty("zone", out var zone) ? DataLine.Text(zone) : null,
        Range(json.GetProperty("pue"), AboveZero),
        Range(json.GetProperty("wue"), Amount)));

    private static ElectricityMix ToMix(DataLine line) => line.Read(json => new ElectricityMix(
        DataLine.Text(json, "zone"), Amount(json, "gwp"), Amount(json, "adpe"), Amount(json, "pe"), Amount(json, "wue"), Warnings(json)));

    public static JsonElement Needed(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value : throw new FormatException($"{name} is missing");

    /// <summary>A number or {min, max}, above 0.</summary>
    public static ScenarioRange RangeAboveZero(JsonElement json) => Range(json, AboveZero);

    /// <summary>A number or {min, max}, 0 or more.</summary>
    public static ScenarioRange RangeOfAmounts(JsonElement json) => Range(json, Amount);

    private static ScenarioRange Range(JsonElement json, Func<JsonElement, double> end)
    {
        if (json.ValueKind != JsonValueKind.Object) return ScenarioRange.Of(end(json));
        var range = new ScenarioRange(end(json.GetProperty("min")), end(json.GetProperty("max")));
        return range.Min <= range.Max ? range : throw new FormatException($"min is above max: {json.GetRawText()}");
    }

    private static double Amount(JsonElement json, string name) => Amount(json.GetProperty(name));

    private static double Amount(JsonElement json) => Number(json) is >= 0 and var amount ? amount : throw new FormatException($"below 0: {json.GetRawText()}");

    private static double AboveZero(JsonElement json) => Number(json) is > 0 and var amount ? amount : throw new FormatException($"not above 0: {json.GetRawText()}");

    private static double Number(JsonElement json) =>
        json.GetDouble() is var number && double.IsFinite(number) ? number : throw new FormatException($"not a number: {json.GetRawText()}");

    private static IReadOnlyList<string> Warnings(JsonElement json)
    {
        IEnumerable<string> warnings = json.TryGetProperty("warnings", out var codes) ? codes.EnumerateArray().Select(DataLine.Text) : [];
        return json.TryGetProperty(Retired, out _) ? [.. warnings, RetiredWarning] : [.. warnings];
    }
}
