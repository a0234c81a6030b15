using Pipeline.BudgetWatcher.Rules;

namespace Pipeline.AllInOne.Demo;

/// <summary>The budgets of a demo without a budgets file: those of budgets.yaml, each calling the demo's own receiver.</summary>
internal static class DemoBudgets
{
    private const string Resource = "Pipeline.AllInOne.Demo.budgets.yaml";

    public static BudgetSet Of(Webhook receiver)
    {
        using var stream = typeof(DemoBudgets).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException($"{Resource} is not built in");
        using var text = new StreamReader(stream);
        var read = BudgetsFile.Parse(text.ReadToEnd(), "budgets.yaml", out var problems);
        if (problems.Count > 0) throw new InvalidOperationException(problems[0]);
        return new BudgetSet(
            [.. read.Budgets.Select(budget => budget with { Webhooks = [receiver.Name] })],
            new Dictionary<string, Webhook>(StringComparer.Ordinal) { [receiver.Name] = receiver });
    }
}
