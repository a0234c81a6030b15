using Pipeline.Runtime.Hosting;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>Which budgets there are.</summary>
[Section("Budgets")]
public sealed class BudgetsOptions
{
    [Option("YAML file with budgets and webhooks, see docs/budgets.md, such as budgets: [{id: team-month, scope: {team: search}, "
        + "amount: {usd: 500}, period: month}]. Read at start; without it there are no budgets.", Switch = "--budgets")]
    public string? File { get; init; }

    /// <summary>Binds the section and reads the file; what is wrong with either is a problem of the service's options.</summary>
    /// <param name="otherwise">The budgets when no file is given.</param>
    public static BudgetSet Bind(ServiceHost service, BudgetSet? otherwise = null)
    {
        var options = service.Options<BudgetsOptions>();
        if (options.File is not { } file) return otherwise ?? BudgetSet.Empty;
        // That it cannot be opened is told with the options already.
        if (!System.IO.File.Exists(file)) return BudgetSet.Empty;
        var budgets = BudgetsFile.Read(file, out var problems);
        foreach (var problem in problems) service.Problem("Budgets:File", problem);
        return budgets;
    }
}
