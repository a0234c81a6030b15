namespace Pipeline.UsageEnricher.Impacts;

/// <summary>One text generation, with everything that its impacts follow from beside <see cref="MethodConstants"/>.</summary>
/// <param name="OutputTokens">Generated tokens, reasoning included; 0 or more.</param>
/// <param name="LatencySeconds">Measured from end to end, 0 or more: the generation took no longer. Null = not measured.</param>
internal readonly record struct TextRequest(
    ScenarioRange ActiveParameters,
    ScenarioRange TotalParameters,
    double OutputTokens,
    double? LatencySeconds,
    double? TokensPerSecond,
    double? FirstTokenSeconds,
    ScenarioRange Pue,
    ScenarioRange Wue,
    ElectricityMix Mix)
{
    public static TextRequest Of(ServedModel model, DataCentre centre, ElectricityMix mix, double outputTokens, double? latencySeconds) => new(
        model.ActiveParameters, model.TotalParameters, outputTokens, latencySeconds, model.TokensPerSecond, model.FirstTokenSeconds, centre.Pue,
        centre.Wue, mix);
}
