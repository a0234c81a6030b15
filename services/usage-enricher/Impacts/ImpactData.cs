using System.Collections.Frozen;

namespace Pipeline.UsageEnricher.Impacts;

/// <summary>
/// What the method knows of models, providers and electricity. Every look-up is exact to the letter: a near miss would be a
/// silent wrong figure. Immutable and safe for many threads.
/// </summary>
internal sealed class ImpactData
{
    private readonly FrozenDictionary<(string Provider, string Model), ServedModel> _models;
    private readonly FrozenDictionary<string, DataCentre> _centres;
    private readonly FrozenDictionary<string, ElectricityMix> _mixes;

    /// <param name="release">The method's release, such as 0.11.3.</param>
    /// <param name="contentVersion">Hash of the data.</param>
    /// <exception cref="ArgumentException">A model is of a provider that the data does not have, or a zone is missing.</exception>
    public ImpactData(
        string release,
        string contentVersion,
        MethodConstants constants,
        IReadOnlyDictionary<(string Provider, string Model), ServedModel> models,
        IEnumerable<DataCentre> centres,
        IEnumerable<ElectricityMix> mixes)
    {
        Version = $"{release}+{contentVersion}";
        Formulas = new TextFormulas(constants);
        Constants = constants;
        _models = models.ToFrozenDictionary();
        _centres = centres.ToFrozenDictionary(centre => centre.Provider, StringComparer.Ordinal);
        _mixes = mixes.ToFrozenDictionary(mix => mix.Zone, StringComparer.Ordinal);
        foreach (var model in _models.Keys)
            if (!_centres.ContainsKey(model.Provider)) throw new ArgumentException($"{model.Model} is of the provider {model.Provider}, which has no data centre");
        foreach (var centre in _centres.Values)
            if (!_mixes.ContainsKey(centre.Zone ?? World)) throw new ArgumentException($"no electricity mix for {centre.Zone ?? World}, the zone of {centre.Provider}");
    }

    /// <summary>The method's name on events.</summary>
    public const string Method = "ecologits";

    /// <summary>Zone of providers whose place is not known.</summary>
    public const string World = "WOR";

    /// <summary>Release of the method and hash of the data, such as `0.11.3+(32 hex digits)`.</summary>
    public string Version { get; }

    public MethodConstants Constants { get; }
    public TextFormulas Formulas { get; }
    public int ModelCount => _models.Count;
    public IReadOnlyCollection<string> Zones => _mixes.Keys;

    /// <returns>Null when the data does not have it.</returns>
    public ServedModel? FindModel(string provider, string model) => _models.GetValueOrDefault((provider, model));

    /// <returns>Null when the data does not have it.</returns>
    public ElectricityMix? FindMix(string zone) => _mixes.GetValueOrDefault(zone);

    /// <summary>Where the models of a provider of the data run.</summary>
    public DataCentre CentreOf(ServedModel model) => _centres[model.Provider];
}
