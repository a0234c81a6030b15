namespace Pipeline.UsageEnricher.Impacts;

/// <summary>
/// What a figure is in the lower and in the upper scenario. Not a confidence interval: the ends are guesses about a model's size
/// and bounds of a data centre's figures, nothing else that is uncertain is in them.
/// </summary>
internal readonly record struct ScenarioRange(double Min, double Max)
{
    public static ScenarioRange Of(double figure) => new(figure, figure);

    public bool IsScalar => Min == Max;

    public bool IsFinite => double.IsFinite(Min) && double.IsFinite(Max);
}
