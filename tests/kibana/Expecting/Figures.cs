using Pipeline.Schemas;
using ImpactRange = Pipeline.Schemas.Range;

namespace Pipeline.Kibana.Tests.Expecting;

/// <summary>What one cell must show for the events that fall into it; null = nothing.</summary>
internal delegate double? Figure(IReadOnlyList<LlmUsage> events);

/// <summary>The figures of the panels, worked out from the events themselves.</summary>
internal static class Figures
{
    public static readonly Figure Calls = events => events.Count;
    public static readonly Figure Net = Dollars(static call => call.Cost.NetTotal);
    public static readonly Figure List = Dollars(static call => call.Cost.ListTotal);
    public static readonly Figure InputTokens = Tokens(static usage => usage.InputTotal);
    public static readonly Figure OutputTokens = Tokens(static usage => usage.OutputTotal);
    public static readonly Figure Uncertain = CallsThat(IsUncertain);
    public static readonly Figure UncertainShare = ShareOf(IsUncertain);
    public static readonly Figure Failed = CallsThat(HasFailed);
    public static readonly Figure FailedShare = ShareOf(HasFailed);
    public static readonly Figure Co2Min = Low(static impact => impact.Gwp);
    public static readonly Figure Co2Max = High(static impact => impact.Gwp);

    public static bool IsUncertain(LlmUsage call) => call.Cost.Status is not (CostStatus.Priced or CostStatus.Free or CostStatus.AlreadyBooked);

    public static bool HasFailed(LlmUsage call) => call.Outcome != Outcome.Ok;

    public static Figure CallsThat(Predicate<LlmUsage> condition) => events => events.Count(call => condition(call));

    public static Figure ShareOf(Predicate<LlmUsage> condition) => events => events.Count == 0 ? null : (double)events.Count(call => condition(call)) / events.Count;

    public static Figure Distinct(Func<LlmUsage, string?> of) => events => events.Select(of).OfType<string>().Distinct().Count();

    /// <summary>Exact sum of the amounts in dollars; nothing where it is 0.</summary>
    public static Figure Dollars(Func<LlmUsage, decimal?> amount) => Money(call => call.Cost.Currency == "USD" ? amount(call) : null);

    public static Figure Money(Func<LlmUsage, decimal?> amount) => events => events.Sum(amount) is var sum and not 0 ? (double)sum! : null;

    public static Figure Tokens(Func<TokenUsage, long?> kind) => events => events.Where(IsFirstAnswer).Sum(call => call.Usage is { } usage ? kind(usage) ?? 0 : 0);

    public static Figure Low(Func<Impact, ImpactRange?> of) => Impact(of, static range => range.Min);

    public static Figure High(Func<Impact, ImpactRange?> of) => Impact(of, static range => range.Max);

    public static Figure DurationAt(double percent) => events => Percentile([.. events.Select(static call => (double)call.DurationUs)], percent);

    public static Figure FirstTokenAt(double percent) => events =>
        Percentile([.. events.Where(static call => call.TimeToFirstTokenUs is not null).Select(static call => (double)call.TimeToFirstTokenUs!)], percent);

    public static Figure Average(Func<LlmUsage, decimal?> amount) => events =>
        events.Select(amount).OfType<decimal>().ToList() is { Count: > 0 } amounts ? (double)amounts.Average() : null;

    private static bool IsFirstAnswer(LlmUsage call) => call.Cost.Status != CostStatus.AlreadyBooked && (call.Operation != "retrieve" || call.Background);

    private static Figure Impact(Func<Impact, ImpactRange?> of, Func<ImpactRange, double> end) => events =>
        events.Where(IsFirstAnswer).Sum(call => call.Impact is { } impact && of(impact) is { } range ? end(range) : 0) is var sum and not 0 ? sum : null;

    /// <summary>Linear between the two nearest ranks, as Elasticsearch does for few values.</summary>
    private static double? Percentile(List<double> values, double percent)
    {
        if (values.Count == 0) return null;
        values.Sort();
        var rank = percent / 100 * (values.Count - 1);
        var below = (int)rank;
        return below + 1 < values.Count ? values[below] + ((rank - below) * (values[below + 1] - values[below])) : values[below];
    }
}
