namespace Pipeline.UsageEnricher.Impacts;

/// <summary>A model as its provider serves it. Parameters are in 1e9.</summary>
/// <param name="ActiveParameters">Parameters that each token passes.</param>
/// <param name="TokensPerSecond">Null = not known: a regression over the active parameters answers for it.</param>
/// <param name="FirstTokenSeconds">Null = not known: counts as 0.</param>
/// <param name="Warnings">Codes.</param>
internal sealed record ServedModel(
    string Provider,
    string Name,
    ScenarioRange ActiveParameters,
    ScenarioRange TotalParameters,
    double? TokensPerSecond,
    double? FirstTokenSeconds,
    IReadOnlyList<string> Warnings);

/// <summary>Where a provider's models run.</summary>
/// <param name="Zone">Null = not known.</param>
/// <param name="Pue">Power usage effectiveness: electricity of the whole centre by that of its computers.</param>
/// <param name="Wue">Water used on site, L per kWh of the computers.</param>
internal sealed record DataCentre(string Provider, string? Zone, ScenarioRange Pue, ScenarioRange Wue);

/// <summary>What one kWh of a zone's electricity causes: a yearly mean.</summary>
/// <param name="Gwp">kg CO2e.</param>
/// <param name="Adpe">kg Sb eq.</param>
/// <param name="Pe">MJ.</param>
/// <param name="Wue">L.</param>
/// <param name="Warnings">Codes.</param>
internal sealed record ElectricityMix(string Zone, double Gwp, double Adpe, double Pe, double Wue, IReadOnlyList<string> Warnings);
