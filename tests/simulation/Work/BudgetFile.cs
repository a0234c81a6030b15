using Pipeline.BudgetWatcher.Rules;
using Pipeline.Schemas;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Work;

/// <summary>
/// The budgets as operators have them configured: most stay as they are; the limit of one is raised and lowered, and one comes and goes.
/// Processes take what is configured when they start, so that for a while two of them may differ.
/// </summary>
internal sealed class BudgetFile(Chance chance)
{
    public const string ChangedLimit = "all";
    public const string ComesAndGoes = "teams";

    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    private static readonly Dictionary<string, Webhook> Webhooks = new[] { "ops", "chat" }.ToDictionary(
        static name => name, static name => new Webhook(name, new Uri($"https://{name}.example.test/"), "secret"u8.ToArray()), StringComparer.Ordinal);

    private bool _isRaised;
    private bool _hasTeams = chance.Hits(0.5);

    /// <summary>Something was changed: then what the changed budgets told on the way depends on who had read which file.</summary>
    public bool IsChanged { get; private set; }

    public decimal Limit => _isRaised ? 0.3m : 0.1m;

    /// <summary>The budget counts in the end.</summary>
    public bool HasTeams => _hasTeams;

    public BudgetSet Configured { get; private set; } = BudgetSet.Empty;

    public void Write()
    {
        var budgets = new List<Budget>
        {
            Budget(ChangedLimit, [], [], BudgetUnit.Usd, Limit, PeriodKind.Month, TimeZoneInfo.Utc, [50, 80, 100], "ops"),
            Budget("carbon", [], [], BudgetUnit.Kgco2e, 0.0005m, PeriodKind.Month, TimeZoneInfo.Utc, [10, 100]),
            Budget("users", [], ["user"], BudgetUnit.Tokens, 10_000, PeriodKind.Day, Berlin, [50, 100], "ops", "chat"),
            Budget("search", [("team", ["search"])], [], BudgetUnit.Requests, 5, PeriodKind.Hour, TimeZoneInfo.Utc, [100]),
            Budget("digits", [("model", ["dig*", "tie*"])], ["team"], BudgetUnit.Usd, 0.02m, PeriodKind.Week, Berlin, [1, 50, 100, 200]),
        };
        if (_hasTeams) budgets.Add(Budget(ComesAndGoes, [], ["team"], BudgetUnit.Usd, 0.05m, PeriodKind.Month, TimeZoneInfo.Utc, [100]));
        Configured = new BudgetSet(budgets, Webhooks);
    }

    public void Change()
    {
        IsChanged = true;
        if (chance.Hits(0.5)) _isRaised = !_isRaised;
        else _hasTeams = !_hasTeams;
        Write();
    }

    /// <summary>What the run ends with: everything is counted.</summary>
    public void Complete()
    {
        if (_hasTeams) return;
        IsChanged = true;
        _hasTeams = true;
        Write();
    }

    private static Budget Budget(
        string id, (string Dimension, string[] Patterns)[] scope, string[] per, BudgetUnit unit, decimal limit, PeriodKind period, TimeZoneInfo zone, int[] thresholds, params string[] webhooks) =>
        new(id, [.. scope.Select(static one => new ScopeCondition(Dimension.Find(one.Dimension)!, one.Patterns))], [.. per.Select(static name => Dimension.Find(name)!)],
            unit, limit, period, zone, thresholds, webhooks);
}
