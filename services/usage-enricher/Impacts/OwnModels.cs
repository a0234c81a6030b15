using System.Collections.Frozen;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Impacts;

/// <summary>A model that the operator knows better than the data does, with where it runs and what serves it.</summary>
internal sealed record OwnModel(ServedModel Model, DataCentre Centre, TextFormulas Formulas);

/// <summary>
/// The operator's own models: one JSON object a line, looked up before the method's data.
/// <code>
///   {provider, name, parameters | active + total, pue, wue, zone?, tps?, ttft?, constants?: {batch_size: 16, …}}
/// </code>
/// `provider` and `name` are those of the events; parameters (in 1e9), `pue` and `wue` are a number or {min, max}; `constants` replaces any
/// constant of the method. Without `zone` the call's region or the world decides. Unknown members are refused. Immutable.
/// </summary>
internal sealed class OwnModels
{
    public const int MaxModels = 10_000;

    /// <summary>Bytes of the file.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private static readonly string[] Members = ["provider", "name", "parameters", "active", "total", "pue", "wue", "zone", "tps", "ttft", "constants"];

    private readonly FrozenDictionary<(string Provider, string Name), OwnModel> _models;

    private OwnModels(Dictionary<(string Provider, string Name), OwnModel> models, string version) => (_models, Version) = (models.ToFrozenDictionary(), version);

    /// <summary>Hash of the file.</summary>
    public string Version { get; }

    public int Count => _models.Count;

    public OwnModel? Find(string provider, string name) => _models.GetValueOrDefault((provider, name));

    /// <param name="file">Name for errors.</param>
    /// <param name="data">Gives the constants that a model does not replace, and the zones there are.</param>
    /// <exception cref="DataFormatException">A line is not what the format says; the message names file and line.</exception>
    public static OwnModels Read(string file, byte[] bytes, ImpactData data)
    {
        var models = new Dictionary<(string Provider, string Name), OwnModel>();
        foreach (var line in DataLine.SplitHeadless(file, bytes))
        {
            var model = line.Read(json => Read(json, data));
            if (!models.TryAdd((model.Model.Provider, model.Model.Name), model))
                throw new DataFormatException(file, line.Number, $"{model.Model.Provider}/{model.Model.Name} stands twice");
            if (models.Count > MaxModels) throw new DataFormatException(file, line.Number, $"more than {MaxModels} models");
        }

        return new OwnModels(models, DataVersion.Of(["models"], _ => bytes));
    }

    private static OwnModel Read(JsonElement json, ImpactData data)
    {
        foreach (var member in json.EnumerateObject())
            if (!Members.Contains(member.Name)) throw new FormatException($"unknown member {member.Name}: leave it out, or correct its name");
        var model = ImpactDataFiles.ToModel(json);
        var zone = json.TryGetProperty("zone", out var named) ? DataLine.Text(named) : null;
        if (zone is not null && data.FindMix(zone) is null) throw new FormatException($"zone '{zone}' is not in the data; give a country as three capital letters");
        var centre = new DataCentre(
            model.Provider,
            zone,
            ImpactDataFiles.RangeAboveZero(ImpactDataFiles.Needed(json, "pue")),
            ImpactDataFiles.RangeOfAmounts(ImpactDataFiles.Needed(json, "wue")));
        return new OwnModel(model, centre, json.TryGetProperty("constants", out var constants) ? Formulas(constants, data) : data.Formulas);
    }

    private static TextFormulas Formulas(JsonElement constants, ImpactData data)
    {
        var own = data.Constants;
        foreach (var constant in constants.EnumerateObject())
        {
            if (!MethodConstants.IsName(constant.Name)) throw new FormatException($"{constant.Name} is no constant of the method");
            own = own.With(constant.Name, MethodConstants.Bounded(constant.Name, constant.Value.GetDouble()));
        }

        return new TextFormulas(own);
    }
}
