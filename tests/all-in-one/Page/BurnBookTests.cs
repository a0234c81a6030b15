using Pipeline.AllInOne.Page;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Page;

public sealed class BurnBookTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Burn_OfADay_RisesToWhatTheLedgerSays()
    {
        var book = new BurnBook();
        book.Add(Spend(minute: 0, usd: 0.10m));
        book.Add(Spend(minute: 14, usd: 0.20m));
        book.Add(Spend(minute: 15, usd: 0.30m));
        book.Add(Spend(minute: 1439, usd: 0.40m));

        Assert.Equal(
            [(Day.AddMinutes(15), 0.30m), (Day.AddMinutes(30), 0.60m), (Day.AddDays(1), 1.00m)],
            book.Of(Standing(spent: 1.00m)));
    }

    [Fact]
    public void Burn_WhoseFirstRecordsAreGone_StartsAtWhatWasSpentBefore()
    {
        var book = new BurnBook();
        book.Add(Spend(minute: 60, usd: 0.25m));

        Assert.Equal([(Day.AddMinutes(75), 5.25m)], book.Of(Standing(spent: 5.25m)));
    }

    [Fact]
    public void Burn_OfTheNextPeriod_DoesNotHoldTheLastOnes()
    {
        var book = new BurnBook();
        book.Add(Spend(minute: 5, usd: 7m));
        book.Add(Spend(minute: 5, usd: 1m, day: 1));

        Assert.Equal(1m, Assert.Single(book.Of(Standing(spent: 1m, day: 1))).Spent);
        Assert.Equal(7m, Assert.Single(book.Of(Standing(spent: 7m))).Spent);
        Assert.Empty(book.Of(Standing(spent: 3m, day: 2)));
    }

    private static BudgetSpend Spend(int minute, decimal usd, int day = 0) => new()
    {
        InstanceId = "a", Budget = "b", Minute = Day.AddDays(day).AddMinutes(minute), Delta = new Amounts { Usd = usd, Tokens = 0, Requests = 0, Kgco2e = 0 },
        Source = new RecordPosition { Topic = "llm-usage-aggregates", Partition = 0, Offset = 0 }, PeriodKind = PeriodKind.Day, TimeZone = "UTC",
        PeriodStart = Day.AddDays(day), PeriodEnd = Day.AddDays(day + 1),
    };

    private static BudgetStanding Standing(decimal spent, int day = 0) => new(
        "b", "a", new Dictionary<string, string>(), PeriodKind.Day, Day.AddDays(day), Day.AddDays(day + 1), BudgetUnit.Usd, 10m, spent, [], false, 0);
}
