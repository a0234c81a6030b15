using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Panels;
using Pipeline.Schemas;
using static Pipeline.Kibana.Fields.DocumentFields;
using static Pipeline.Kibana.Panels.Condition;

namespace Pipeline.Kibana.Dashboards;

/// <summary>The metrics that several dashboards show, so that the same word means the same figure everywhere.</summary>
internal static class Metrics
{
    /// <summary>
    /// An answer read again repeats the tokens of its own call; only a background call's answer holds figures of its own, the first time
    /// it is read. The aggregates count the same way (docs/decisions/0001-cost-status.md).
    /// </summary>
    public static readonly Condition IsFirstAnswer =
        !(Is(Operation, "retrieve") & Is(Background, false)) & !Is(DocumentFields.CostStatus, Schemas.CostStatus.AlreadyBooked.Symbol());

    /// <summary>Sums over currencies mean nothing: money is summed in one, and the others have a table of their own.</summary>
    public static readonly Condition InDollars = Is(Currency, "USD");

    public static readonly Condition CostIsUncertain =
        !IsOneOf(DocumentFields.CostStatus, Schemas.CostStatus.Priced.Symbol(), Schemas.CostStatus.Free.Symbol(), Schemas.CostStatus.AlreadyBooked.Symbol());
    public static readonly Condition LacksARate = Is(DocumentFields.CostStatus, Schemas.CostStatus.UnpricedDimension.Symbol());
    public static readonly Condition IsReported = Is(DocumentFields.UsageSource, Schemas.UsageSource.Provider.Symbol());
    public static readonly Condition IsInconsistent = Is(DocumentFields.UsageQuality, Schemas.UsageQuality.Inconsistent.Symbol());
    public static readonly Condition IsEstimated = Is(DocumentFields.ImpactStatus, Schemas.ImpactStatus.Estimated.Symbol());
    public static readonly Condition IsRateLimited = Is(DocumentFields.Outcome, Schemas.Outcome.RateLimited.Symbol());
    public static readonly Condition HasFailed = !Is(DocumentFields.Outcome, Schemas.Outcome.Ok.Symbol());

    public static readonly Metric Calls = new("Calls", new Count(), NumberFormat.Whole);
    public static readonly Metric NetCost = new("Cost (USD)", new Sum(NetTotal, InDollars, UnknownAtZero: true), NumberFormat.Dollars);
    public static readonly Metric ListCost = new("At list price (USD)", new Sum(ListTotal, InDollars, UnknownAtZero: true), NumberFormat.Dollars);
    public static readonly Metric InputTokens = Tokens("Input tokens", InputTotal);
    public static readonly Metric OutputTokens = Tokens("Output tokens", OutputTotal);

    public static readonly Metric UncertainCalls = new("Calls of uncertain cost", new Count(CostIsUncertain), NumberFormat.Whole);
    public static readonly Metric UncertainShare = Share("Share of uncertain cost", CostIsUncertain);
    public static readonly Metric FailedCalls = new("Failed calls", new Count(HasFailed), NumberFormat.Whole);
    public static readonly Metric FailedShare = Share("Share of failed calls", HasFailed);

    public static readonly Metric Co2Min = Lower("CO2e from (kg)", Gwp);
    public static readonly Metric Co2Max = Upper("CO2e to (kg)", Gwp);

    public static Metric Tokens(string label, Measure of) => new(label, new Sum(of, IsFirstAnswer), NumberFormat.Whole);

    public static Metric Lower(string label, Estimate of) => new(label, new Sum(of.Min, IsFirstAnswer, UnknownAtZero: true), NumberFormat.Quantity);

    public static Metric Upper(string label, Estimate of) => new(label, new Sum(of.Max, IsFirstAnswer, UnknownAtZero: true), NumberFormat.Quantity);

    public static Metric Share(string label, Condition of) => new(label, new Quotient(new Count(of), new Count()), NumberFormat.Percent);

    public static Metric DurationAt(int percent) => new($"p{percent}", new Percentile(DurationUs, percent), NumberFormat.Duration);

    public static Metric FirstTokenAt(int percent) =>
        new($"p{percent} to first token", new Percentile(TimeToFirstTokenUs, percent), NumberFormat.Duration);
}
