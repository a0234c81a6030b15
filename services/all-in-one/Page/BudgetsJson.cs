using System.Globalization;
using System.Text.Json;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime;
using Pipeline.Schemas;
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
        json.WriteString("id", standing.Budget);
        json.WriteString("instance_id", standing.InstanceId);
        json.WriteStartObject("per");
        foreach (var (name, value) in standing.Per.OrderBy(static pair => pair.Key, StringComparer.Ordinal)) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteString("period_kind", standing.PeriodKind.Symbol());
        WriteTime(json, "period_start", standing.PeriodStart);
        WriteTime(json, "period_end", standing.PeriodEnd);
        json.WriteString("unit", standing.Unit.Symbol());
        json.WriteString("limit", PlainDecimal.Of(standing.Limit));
        json.WriteString("spent", PlainDecimal.Of(standing.Spent));
        json.WriteString("percent", standing.Percent.ToString("F2", CultureInfo.InvariantCulture));
        WriteNumbers(json, "thresholds", _byId.GetValueOrDefault(standing.Budget)?.Thresholds ?? []);
        WriteNumbers(json, "thresholds_fired", standing.FiredThresholds);
        json.WriteBoolean("partial_history", standing.IsPartialHistory);
        json.WriteNumber("unpriced_requests", standing.UnpricedRequests);
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

    private static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
