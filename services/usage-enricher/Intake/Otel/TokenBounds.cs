namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>
/// Tokens of a span or of several, from least to most: cached tokens and reasoning may be in the counts or stand beside them, and two
/// instrumentations of one call may differ in that. Null = not told.
/// </summary>
internal readonly record struct TokenBounds(long? LeastInput, long? MostInput, long? LeastOutput, long? MostOutput)
{
    public bool AreTold => LeastInput is not null || LeastOutput is not null;

    public static TokenBounds Of(ReportedTokens tokens) => new(
        tokens.Input,
        tokens.Input + (tokens.CacheRead ?? 0) + (tokens.CacheWrite ?? 0),
        tokens.Output,
        tokens.Output + (tokens.Reasoning ?? 0));

    public static TokenBounds Sum(IEnumerable<TokenBounds> all)
    {
        var sum = default(TokenBounds);
        foreach (var one in all)
            sum = new TokenBounds(
                Add(sum.LeastInput, one.LeastInput), Add(sum.MostInput, one.MostInput), Add(sum.LeastOutput, one.LeastOutput), Add(sum.MostOutput, one.MostOutput));
        return sum;
    }

    /// <summary>May be the same counts; what one of them does not tell is no difference.</summary>
    public bool MayEqual(TokenBounds other) => MayHold(other) && other.MayHold(this);

    /// <summary>May be no less than the other.</summary>
    public bool MayHold(TokenBounds other) => !(other.LeastInput > MostInput) && !(other.LeastOutput > MostOutput);

    private static long? Add(long? sum, long? count) => count is null ? sum : (sum ?? 0) + count;
}
