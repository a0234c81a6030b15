using Pipeline.Schemas;
using Xunit;

namespace Pipeline.EndToEnd.Alerting;

/// <summary>
/// Budgets of one run in a file, and what must come of them, worked out from the aggregates: one in dollars for each team and month of
/// Berlin, one in requests for each user of each team and day of UTC. Some thresholds are never passed.
/// </summary>
public sealed class RunBudgets : IDisposable
{
    /// <summary>For the signature; at least 16 bytes.</summary>
    public const string Secret = "a secret that only the receiver and the watcher know";

    private static readonly int[] Thresholds = [25, 50, 80, 100];
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-e2e-").FullName;
    private readonly string _name = Guid.NewGuid().ToString("N")[..8];
    private readonly decimal _usd;
    private readonly int _requests;

    /// <param name="webhooks">URLs by name; of the dollar budget the first, of the other one the last.</param>
    public RunBudgets(string runId, decimal usd, int requests, params (string Name, string Url)[] webhooks)
    {
        (_usd, _requests) = (usd, requests);
        System.IO.File.WriteAllText(Path.Combine(_folder, "secret"), Secret);
        System.IO.File.WriteAllText(File, FormattableString.Invariant($$"""
            budgets:
              - id: {{InDollars}}
                scope: {tenant: {{runId}}}
                per: [team]
                amount: {usd: {{usd}}}
                period: month
                timezone: Europe/Berlin
                thresholds: [{{string.Join(", ", Thresholds)}}]
                webhooks: [{{(webhooks.Length == 0 ? "" : webhooks[0].Name)}}]
              - id: {{InRequests}}
                scope: {tenant: {{runId}}, model: "gpt-*"}
                per: [team, user]
                amount: {requests: {{requests}}}
                period: day
                thresholds: [{{string.Join(", ", Thresholds)}}]
                webhooks: [{{(webhooks.Length == 0 ? "" : webhooks[^1].Name)}}]
            {{(webhooks.Length == 0 ? "" : "webhooks:")}}
            {{string.Join('\n', webhooks.Select(static one => $"  {one.Name}: {{url: {one.Url}, secretFile: secret}}"))}}
            """));
    }

    public string File => Path.Combine(_folder, "budgets.yaml");

    public string InDollars => "usd-" + _name;

    public string InRequests => "requests-" + _name;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public bool IsOurs(string budget) => budget == InDollars || budget == InRequests;

    /// <summary>One for each threshold that an instance has passed in a period.</summary>
    public IReadOnlyList<ExpectedAlert> Expected(IEnumerable<UsageAggregate> aggregates) =>
        [.. Spent(aggregates).SelectMany(one => Thresholds.Where(percent => one.Value >= Limit(one.Key.Budget) / 100 * percent)
            .Select(percent => new ExpectedAlert(one.Key, percent)))];

    /// <summary>What each instance spent in each period, in its budget's unit.</summary>
    public IReadOnlyDictionary<Account, decimal> Spent(IEnumerable<UsageAggregate> aggregates) => aggregates.SelectMany(a => new[]
        {
            (Account: new Account(InDollars, $"team={a.Team}", MonthInBerlin(a.Minute)), Amount: a.NetTotal),
            (Account: new Account(InRequests, $"team={a.Team} user={a.User}", new DateTimeOffset(a.Minute.UtcDateTime.Date, TimeSpan.Zero)), Amount: a.Calls),
        }).GroupBy(static one => one.Account).ToDictionary(static g => g.Key, static g => g.Sum(static one => one.Amount));

    /// <summary>The newest state of each account.</summary>
    public IReadOnlyDictionary<Account, decimal> Stated(IEnumerable<BudgetState> states) => states.Where(state => IsOurs(state.Budget))
        .GroupBy(static state => new Account(state.Budget, Account.PerOf(state.Per), state.PeriodStart))
        .ToDictionary(static g => g.Key, g => g.Key.Budget == InDollars ? g.Last().Spent.Usd : g.Last().Spent.Requests);

    /// <summary>The state agrees with the aggregates exactly, and each crossing has one alert with an id of its own.</summary>
    public void Check(IReadOnlyList<UsageAggregate> aggregates, IReadOnlyList<BudgetState> states, IReadOnlyList<BudgetAlert> alerts)
    {
        Assert.Equal(Spent(aggregates).OrderBy(static one => one.Key.ToString()), Stated(states).OrderBy(static one => one.Key.ToString()));
        Assert.Equal(alerts.Count, alerts.Select(static alert => alert.AlertId).Distinct().Count());
        Assert.All(alerts, static alert => Assert.Equal((AlertKind.Fired, 1), (alert.Kind, alert.CrossingOrdinal)));
        Assert.Equal(Expected(aggregates).Order(), alerts.Select(static alert => ExpectedAlert.Of(alert)).Order());
        Assert.NotEmpty(alerts);
    }

    private decimal Limit(string budget) => budget == InDollars ? _usd : _requests;

    private static DateTimeOffset MonthInBerlin(DateTimeOffset minute)
    {
        var local = TimeZoneInfo.ConvertTime(minute, Berlin);
        var first = new DateTime(local.Year, local.Month, 1);
        return new DateTimeOffset(first, Berlin.GetUtcOffset(first)).ToUniversalTime();
    }
}

/// <summary>One instance of a budget in one period.</summary>
/// <param name="Per">`team=search user=ann`.</param>
public sealed record Account(string Budget, string Per, DateTimeOffset PeriodStart)
{
    public static string PerOf(IReadOnlyDictionary<string, string> per) =>
        string.Join(' ', per.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => $"{pair.Key}={pair.Value}"));
}

public sealed record ExpectedAlert(Account Account, int ThresholdPercent) : IComparable<ExpectedAlert>
{
    public static ExpectedAlert Of(BudgetAlert alert) => new(new Account(alert.Budget, Account.PerOf(alert.Per), alert.PeriodStart), alert.ThresholdPercent);

    public int CompareTo(ExpectedAlert? other) => string.CompareOrdinal(ToString(), other?.ToString());
}
