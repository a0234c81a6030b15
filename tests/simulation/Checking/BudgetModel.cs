using Pipeline.Schemas;
using Pipeline.Simulation.Tests.Work;

namespace Pipeline.Simulation.Tests.Checking;

/// <summary>One period of one budget instance, named by what it is for.</summary>
internal readonly record struct BudgetPlace(string Budget, string Per, DateTimeOffset PeriodStart);

/// <summary>What is spent, in everything that can be counted.</summary>
internal readonly record struct Spending(decimal Usd, long Tokens, long Requests, decimal Kgco2e)
{
    public static Spending Of(Amounts amounts) => new(amounts.Usd, amounts.Tokens, amounts.Requests, amounts.Kgco2e);

    public static Spending operator +(Spending one, Spending other) =>
        new(one.Usd + other.Usd, one.Tokens + other.Tokens, one.Requests + other.Requests, one.Kgco2e + other.Kgco2e);

    public decimal In(BudgetUnit unit) => unit switch { BudgetUnit.Usd => Usd, BudgetUnit.Tokens => Tokens, BudgetUnit.Kgco2e => Kgco2e, _ => Requests };
}

/// <summary>The simulation's budgets said once more, without any of the watcher's code.</summary>
internal static class BudgetModel
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    /// <summary>The budgets that an aggregate counts for.</summary>
    public static IEnumerable<BudgetPlace> PlacesOf(UsageAggregate usage)
    {
        var utc = usage.Minute.UtcDateTime;
        var month = new DateTimeOffset(utc.Year, utc.Month, 1, 0, 0, 0, TimeSpan.Zero);
        yield return new BudgetPlace(BudgetFile.ChangedLimit, "", month);
        yield return new BudgetPlace("carbon", "", month);
        yield return new BudgetPlace("users", PerOf("user", usage.User), BerlinDay(utc, daysBack: static _ => 0));
        if (usage.Team == "search") yield return new BudgetPlace("search", "", new DateTimeOffset(utc.Year, utc.Month, utc.Day, utc.Hour, 0, 0, TimeSpan.Zero));
        if (usage.ResponseModel is "digits" or "tiered")
            yield return new BudgetPlace("digits", PerOf("team", usage.Team), BerlinDay(utc, static day => ((int)day.DayOfWeek + 6) % 7));
        yield return new BudgetPlace(BudgetFile.ComesAndGoes, PerOf("team", usage.Team), month);
    }

    public static (BudgetUnit Unit, decimal Limit, int[] Thresholds) RulesOf(string budget, BudgetFile file) => budget switch
    {
        BudgetFile.ChangedLimit => (BudgetUnit.Usd, file.Limit, [50, 80, 100]),
        "carbon" => (BudgetUnit.Kgco2e, 0.0005m, [10, 100]),
        "users" => (BudgetUnit.Tokens, 10_000, [50, 100]),
        "search" => (BudgetUnit.Requests, 5, [100]),
        "digits" => (BudgetUnit.Usd, 0.02m, [1, 50, 100, 200]),
        _ => (BudgetUnit.Usd, 0.05m, [100]),
    };

    public static string PerOf(IReadOnlyDictionary<string, string> per) => string.Join(';', per.Select(static one => $"{one.Key}={one.Value}"));

    private static string PerOf(string name, string? value) => $"{name}={value}";

    private static DateTimeOffset BerlinDay(DateTime utc, Func<DateTime, int> daysBack)
    {
        var local = TimeZoneInfo.ConvertTimeFromUtc(utc, Berlin).Date;
        local = local.AddDays(-daysBack(local));
        return new DateTimeOffset(local, Berlin.GetUtcOffset(local)).ToUniversalTime();
    }
}
