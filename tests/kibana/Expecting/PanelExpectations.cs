using System.Globalization;
using Pipeline.Schemas;
using static Pipeline.Kibana.Tests.Expecting.Figures;
using static Pipeline.Kibana.Tests.Expecting.Splits;

namespace Pipeline.Kibana.Tests.Expecting;

/// <summary>For each panel what it must show, said anew from the events: `dashboard/panel`.</summary>
internal static class PanelExpectations
{
    public static readonly IReadOnlyDictionary<string, Expectation> All =
        Overview().Concat(Costs()).Concat(Requests()).Concat(Latency()).Concat(Co2()).Concat(DataQuality()).ToDictionary();

    private static string? Tenant(LlmUsage call) => call.Attribution.Tenant;

    private static string? Team(LlmUsage call) => call.Attribution.Team;

    private static string? User(LlmUsage call) => call.Attribution.User;

    private static string? Answered(LlmUsage call) => call.ResponseModel;

    private static string? Asked(LlmUsage call) => call.RequestModel;

    private static Expectation Tile(params Figure[] figures) => new([], figures);

    private static Expectation OverTime(params Figure[] figures) => new([ByDay], figures);

    private static Expectation Of(Split group, params Figure[] figures) => new([group], figures);

    private static Expectation Of(Split outer, Split inner, params Figure[] figures) => new([outer, inner], figures);

    private static Dictionary<string, Expectation> Overview() => new()
    {
        ["overview/cost"] = Tile(Net, List),
        ["overview/calls"] = Tile(Calls, FailedShare),
        ["overview/uncertain-cost"] = Tile(Uncertain, UncertainShare),
        ["overview/tokens"] = Tile(InputTokens, OutputTokens),
        ["overview/co2"] = Tile(Co2Min, Co2Max),
        ["overview/cost-by-model"] = Of(Top(10, Answered, Net, withOther: true), ByDay, Net),
        ["overview/cost-by-team"] = Of(Top(10, Team, Net, withOther: true), Net),
        ["overview/who-spent-what"] = Of(Top(20, Tenant, Net), Top(20, Team, Net), Net, Calls, InputTokens, OutputTokens, Co2Min, Co2Max, Uncertain),
        ["overview/calls-by-cost-status"] = Of(Top(10, CostStatusOf, Calls), ByDay, Calls),
        ["overview/co2-over-time"] = OverTime(Co2Min, Co2Max),
    };

    private static Dictionary<string, Expectation> Costs()
    {
        var perCall = Average(static call => call.Cost.Currency == "USD" && !IsUncertain(call) ? call.Cost.NetTotal : null);
        return new()
        {
            ["costs/cost"] = Tile(Net, List),
            ["costs/cost-per-call"] = Tile(perCall),
            ["costs/uncertain-cost"] = Tile(Uncertain, UncertainShare),
            ["costs/spenders"] = Tile(Distinct(static call => call.Cost.NetTotal is null ? null : User(call))),
            ["costs/cost-by-team"] = Of(Top(10, Team, Net, withOther: true), ByDay, Net),
            ["costs/running-total"] = Of(UpToDay, static events => Net(events) ?? 0),
            ["costs/team-and-model"] = Of(Top(15, Team, Net), Top(10, Answered, Net), Net),
            ["costs/by-provider"] = Of(Top(8, static call => call.Provider, Net, withOther: true), Net),
            ["costs/by-environment"] = Of(Top(8, static call => call.Attribution.Environment, Net, withOther: true), Net),
            ["costs/by-model"] = Of(Top(50, Answered, Net), Net, List, Calls, InputTokens, OutputTokens, Uncertain),
            ["costs/by-user"] = Of(Top(50, User, Net), Top(5, Team, Net), Net, Calls, Uncertain),
            ["costs/by-feature"] = Of(Top(50, static call => call.Attribution.Feature, Net), Net, perCall, Calls, Uncertain),
            ["costs/by-currency"] = Of(
                Top(20, static call => call.Cost.Currency, Calls), Calls, Money(static call => call.Cost.NetTotal), Money(static call => call.Cost.ListTotal)),
        };
    }

    private static Dictionary<string, Expectation> Requests()
    {
        Figure cached = static events => Tokens(static usage => usage.CacheRead)(events) / InputTokens(events) is { } share && double.IsFinite(share) ? share : null;
        return new()
        {
            ["requests/calls"] = Tile(Calls, FailedShare),
            ["requests/tokens"] = Tile(InputTokens, OutputTokens),
            ["requests/users"] = Tile(Distinct(User)),
            ["requests/cached"] = Tile(cached, ShareOf(static call => call.Streaming)),
            ["requests/by-outcome"] = Of(Top(8, static call => call.Outcome.Symbol(), Calls), ByDay, Calls),
            ["requests/by-model"] = Of(Top(10, Asked, Calls, withOther: true), ByDay, Calls),
            ["requests/token-kinds"] = OverTime(
                Tokens(static usage => usage.InputUncached), Tokens(static usage => usage.CacheRead), Tokens(static usage => usage.CacheWrite),
                Tokens(static usage => usage.CacheWrite5m), Tokens(static usage => usage.CacheWrite1h), Tokens(static usage => usage.InputAudio),
                Tokens(static usage => usage.InputImage), Tokens(static usage => usage.InputVideo), Tokens(static usage => usage.ToolUsePrompt),
                Tokens(static usage => usage.OutputText), Tokens(static usage => usage.Reasoning), Tokens(static usage => usage.OutputAudio),
                Tokens(static usage => usage.OutputImage)),
            ["requests/finish-reasons"] = Of(Top(10, static call => call.FinishReasons.Count == 0 ? [Querying.Row.Missing] : call.FinishReasons, Calls), Calls),
            ["requests/models"] = Of(Top(30, Asked, Calls), Top(10, Answered, Calls), Calls, InputTokens, OutputTokens, cached),
            ["requests/operations"] = Of(Top(20, static call => call.Operation, Calls), Top(10, static call => call.Api, Calls), Calls, Failed),
            ["requests/teams"] = Of(Top(15, Team, Calls), Calls, Failed),
            ["requests/retries"] = Of(Top(10, static call => call.Upstream, Calls), Calls, CallsThat(static call => call.Attempt > 1)),
        };
    }

    private static Dictionary<string, Expectation> Latency()
    {
        Predicate<LlmUsage> isLimited = static call => call.Outcome == Outcome.RateLimited;
        static Predicate<LlmUsage> Lasts(double fromSeconds, double toSeconds) => call => call.DurationUs >= fromSeconds * 1e6 && call.DurationUs < toSeconds * 1e6;
        return new()
        {
            ["latency/duration"] = Tile(DurationAt(50), DurationAt(95)),
            ["latency/first-token"] = Tile(FirstTokenAt(50), FirstTokenAt(95)),
            ["latency/failed"] = Tile(FailedShare, Failed),
            ["latency/rate-limited"] = Tile(CallsThat(isLimited), ShareOf(isLimited)),
            ["latency/duration-over-time"] = OverTime(DurationAt(50), DurationAt(95), DurationAt(99)),
            ["latency/first-token-over-time"] = OverTime(FirstTokenAt(50), FirstTokenAt(95), FirstTokenAt(99)),
            ["latency/failed-share-over-time"] = OverTime(FailedShare),
            ["latency/failures-by-outcome"] = Of(Top(8, static call => call.Outcome.Symbol(), Calls), ByDay, Calls) with { Where = HasFailed },
            ["latency/by-model"] = Of(Top(50, Asked, Calls), Calls, DurationAt(50), DurationAt(95), DurationAt(99), FirstTokenAt(95), FailedShare),
            ["latency/duration-bands"] = Of(
                Cases(("below 1 s", Lasts(0, 1)), ("1 to 5 s", Lasts(1, 5)), ("5 to 30 s", Lasts(5, 30)), ("30 s and more", Lasts(30, 1e9))), Calls),
            ["latency/errors"] = Of(Top(30, static call => call.ErrorType, Calls), Top(8, static call => call.Outcome.Symbol(), Calls), Calls) with { Where = HasFailed },
            ["latency/status-codes"] = Of(Top(10, static call => call.StatusCode is { } code ? [$"{code}"] : [], Calls), Calls) with { Where = HasFailed },
            ["latency/failures-by-upstream"] = Of(
                Top(30, static call => call.Upstream, Calls), Calls, Failed, FailedShare, CallsThat(isLimited), DurationAt(95)),
        };
    }

    private static Dictionary<string, Expectation> Co2()
    {
        Figure[] energy = [Low(static impact => impact.Energy), High(static impact => impact.Energy)];
        Figure[] water = [Low(static impact => impact.Wcf), High(static impact => impact.Wcf)];
        Predicate<LlmUsage> isEstimated = static call => call.Impact?.Status == ImpactStatus.Estimated;
        var unknown = CallsThat(call => !isEstimated(call));
        return new()
        {
            ["co2/co2"] = Tile(Co2Min, Co2Max),
            ["co2/energy"] = Tile(energy),
            ["co2/water"] = Tile(water),
            ["co2/coverage"] = Tile(unknown, ShareOf(isEstimated)),
            ["co2/co2-over-time"] = OverTime(Co2Min, Co2Max),
            ["co2/energy-over-time"] = OverTime(energy),
            ["co2/by-model"] = Of(
                Top(50, Answered, Co2Max),
                [Co2Min, Co2Max, .. energy, .. water, Low(static impact => impact.Pe), High(static impact => impact.Pe), unknown]),
            ["co2/by-team"] = Of(Top(50, Team, Co2Max), [Co2Min, Co2Max, .. energy, unknown]),
            ["co2/running-and-making"] = OverTime(
                Low(static impact => impact.Usage?.Gwp), High(static impact => impact.Usage?.Gwp),
                Low(static impact => impact.Embodied?.Gwp), High(static impact => impact.Embodied?.Gwp)),
            ["co2/by-zone"] = Of(Top(20, static call => call.Impact?.Zone, Co2Max), Top(5, static call => call.Impact?.ZoneSource, Co2Max), Co2Min, Co2Max, Calls),
            ["co2/status-over-time"] = Of(Top(8, static call => call.Impact?.Status.Symbol(), Calls), ByDay, Calls),
            ["co2/methods"] = Of(Top(5, static call => call.Impact?.Method, Calls), Top(10, static call => call.Impact?.Version, Calls), Calls, Co2Min, Co2Max),
        };
    }

    private static Dictionary<string, Expectation> DataQuality()
    {
        Predicate<LlmUsage> isReported = static call => call.UsageSource == UsageSource.Provider;
        Predicate<LlmUsage> isInconsistent = static call => call.UsageQuality == UsageQuality.Inconsistent;
        return new()
        {
            ["data-quality/uncertain-cost"] = Tile(Uncertain, UncertainShare),
            ["data-quality/reported-usage"] = Tile(ShareOf(isReported), CallsThat(call => !isReported(call))),
            ["data-quality/inconsistent"] = Tile(CallsThat(isInconsistent), ShareOf(isInconsistent)),
            ["data-quality/mended"] = Tile(CallsThat(static call => call.ClockReported is not null), CallsThat(static call => call.Truncated)),
            ["data-quality/cost-status"] = Of(Top(10, CostStatusOf, Calls), ByDay, Calls),
            ["data-quality/usage-source"] = Of(Top(8, static call => call.UsageSource.Symbol(), Calls), ByDay, Calls),
            ["data-quality/unpriced-keys"] = Of(
                Top(50, static call => call.Cost.PriceKey, Calls), Top(8, CostStatusOf, Calls), Calls, InputTokens, OutputTokens) with
            {
                Where = IsUncertain,
            },
            ["data-quality/unpriced-dimensions"] = Of(Top(30, static call => call.Cost.Unpriced, Calls), Top(10, Answered, Calls), Calls) with
            {
                Where = static call => call.Cost.Status == CostStatus.UnpricedDimension,
            },
            ["data-quality/by-api"] = Of(Top(30, static call => call.Api, Calls), Calls, ShareOf(isReported), ShareOf(isInconsistent), UncertainShare),
            ["data-quality/injection"] = Of(Top(10, static call => call.UsageInjection.Symbol(), Calls), Calls),
            ["data-quality/catalogues"] = Of(
                Top(10, static call => call.Cost.CatalogueId, Calls), Top(10, static call => call.Cost.CatalogueVersion, Calls), Calls, Net),
            ["data-quality/reported-cost"] = Of(
                Top(20, static call => call.Provider, Calls), Calls, Net, Dollars(static call => call.ProviderReportedCost)) with
            {
                Where = static call => call.ProviderReportedCost is not null,
            },
        };
    }

    private static string? CostStatusOf(LlmUsage call) => call.Cost.Status.Symbol();

    /// <summary>The days, each with everything before it.</summary>
    private static Split UpToDay => static events => ByDay(events).Select(day =>
        (day.Key, (IReadOnlyList<LlmUsage>)[.. events.Where(call => IsUntil(call, day.Key))]));

    private static bool IsUntil(LlmUsage call, string day) =>
        call.EventTime < DateTimeOffset.Parse(day, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).AddDays(1);
}
