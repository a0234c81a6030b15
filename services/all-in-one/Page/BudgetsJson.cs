using System.Text.Json;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime;
using static Pipeline.AllInOne.Viewing.UsagePage;

namespace Pipeline.AllInOne.Page;

/// <summary>Where the budgets stand now, the fullest first, with the course of their period.</summary>
internal sealed class BudgetsJson(BudgetSet budgets, BudgetStandings standings, BurnBook burns)
{
    public const int MaxShown = 24;

    private readonly Dictionary<string, Budget> _byId = budgets.Budgets.ToDictionary(static budget => budget.Id, StringComparer.Ordinal);

    public void Write(Utf8JsonWriter json)
    {
        var current = standings.Current().OrderByDescending(static standing => standing.Percent).ToList();
        json.WriteStartObject("budgets");
        json.WriteNumber("defined", _byId.Count);
        json.WriteNumber("instances", current.Count);
        json.WriteStartArray("rows");
        foreach (var standing in current.Take(MaxShown)) Write(json, standing);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, BudgetStanding standing)
    {
        json.WriteStartObject();
        WriteMembers(json, standing);
        WriteNumbers(json, "thresholds", _byId.GetValueOrDefault(standing.Budget)?.Thresholds ?? []);
        json.WriteStartArray("burn");
        foreach (var (time, spent) in burns.Of(standing))
        {
            json.WriteStartObject();
            WriteTime(json, "time", time);
            json.WriteString("spent", PlainDecimal.Of(spent));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
