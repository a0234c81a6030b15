using Pipeline.BudgetWatcher.Rules;

namespace Pipeline.BudgetWatcher.Tests.Rules;

public sealed class ScopeMatchTests
{
    [Theory]
    [InlineData("gpt-4o", "gpt-4o", true)]
    [InlineData("gpt-4o", "GPT-4o", false)]
    [InlineData("gpt-4o-mini", "gpt-4o", false)]
    [InlineData("gpt-4o-mini", "gpt-*", true)]
    [InlineData("gpt-4o-mini", "*mini", true)]
    [InlineData("gpt-4o-mini", "g*o*i", true)]
    [InlineData("gpt-4o-mini", "g*o*x", false)]
    [InlineData("aab", "*a*b", true)]
    [InlineData("aba", "*ab", false)]
    [InlineData("", "*", true)]
    [InlineData("", "", true)]
    [InlineData("a.b", "a?b", false)]
    public void Fits_Pattern_AsWritten(string value, string pattern, bool fits) => Assert.Equal(fits, ScopeMatch.Fits(value, pattern));

    [Fact]
    public void Holds_AllConditions_AnAbsentValueFitsNone()
    {
        var match = new ScopeMatch([new ScopeCondition(Dimension.Find("team")!, ["search", "ads"]), new ScopeCondition(Dimension.Find("user")!, ["*"])]);
        Assert.True(match.Holds(WatcherWorld.Usage(1, team: "ads", user: "ann")));
        Assert.False(match.Holds(WatcherWorld.Usage(1, team: "ads", user: null)));
        Assert.False(match.Holds(WatcherWorld.Usage(1, team: "maps", user: "ann")));
    }

    [Fact]
    public void Identity_AmountThresholdsWebhooksAndOrder_AreNotPartOfIt()
    {
        var budget = WatcherWorld.Budget("b", 5, per: ["team", "user"], scope: [("model", "gpt-*"), ("team", "search")]);
        var other = WatcherWorld.Budget("b", 7, thresholds: [1], per: ["user", "team"], scope: [("team", "search"), ("model", "gpt-*")], unit: Pipeline.Schemas.BudgetUnit.Tokens) with { Webhooks = [] };
        Assert.Equal(BudgetIdentity.DefinitionOf(budget), BudgetIdentity.DefinitionOf(other));

        Assert.All(
            new[]
            {
                budget with { Id = "c" }, budget with { Scope = [] }, budget with { Per = [] }, budget with { Period = Pipeline.Schemas.PeriodKind.Day },
                budget with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") },
            },
            changed => Assert.NotEqual(BudgetIdentity.DefinitionOf(budget), BudgetIdentity.DefinitionOf(changed)));
    }
}
