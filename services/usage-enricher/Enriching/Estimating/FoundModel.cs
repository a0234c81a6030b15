using Pipeline.UsageEnricher.Impacts;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>What a call's model is to the method.</summary>
/// <param name="match">How it was found: one of the constants here.</param>
internal sealed class FoundModel(ServedModel model, DataCentre centre, TextFormulas formulas, string match)
{
    public const string Exact = "exact";
    public const string Snapshot = "snapshot";
    public const string Operator = "operator";

    private const int MaxKeyLength = 128;

    public ServedModel Model => model;

    public DataCentre Centre => centre;

    public TextFormulas Formulas => formulas;

    public string Match => match;

    /// <summary>provider/model of the data.</summary>
    public string Key { get; } = KeyOf(model);

    private static string KeyOf(ServedModel model)
    {
        var key = $"{model.Provider}/{model.Name}";
        return key.Length <= MaxKeyLength ? key : key[..MaxKeyLength];
    }
}
