using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.EsSink.Viewing;
using Pipeline.Runtime;
using Pipeline.Schemas;

namespace Pipeline.AllInOne.Viewing;

/// <summary>
/// `/usage?from=…&amp;to=…`: `{from, to, groups: [{tenant, team, model, calls, tokens, cost_usd, unpriced}], budgets: [{id, instance_id,
/// per, period_kind, period_start, period_end, unit, limit, spent, percent, thresholds_fired, partial_history, unpriced_requests}]}`.
/// Times are ISO 8601 with an offset or Z, from inclusive, to exclusive, either may be left out. `cost_usd`, `limit` and `spent` are exact
/// decimals as strings, because JSON numbers lose digits of money, `percent` has two digits behind the point; `unpriced` counts the calls
/// that are not in `cost_usd`. Budgets are those of now, whatever from and to are.
/// </summary>
internal static class UsagePage
{
    private const string Currency = "USD";

    public static void Map(IEndpointRouteBuilder pages, DocumentView view, BudgetStandings budgets) =>
        pages.MapGet("/usage", context => Write(context, view, budgets));

    private static async Task Write(HttpContext context, DocumentView view, BudgetStandings budgets)
    {
        if (!TryReadTime(context.Request.Query["from"], out var from) || !TryReadTime(context.Request.Query["to"], out var to))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"error":"from and to must be times such as 2026-01-31T12:00:00Z"}""");
            return;
        }

        context.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        WriteTime(json, "from", from);
        WriteTime(json, "to", to);
        json.WriteStartArray("groups");
        foreach (var (key, sums) in view.Sum(from ?? DateTimeOffset.MinValue, to ?? DateTimeOffset.MaxValue))
        {
            var isUsd = key.Currency == Currency;
            json.WriteStartObject();
            json.WriteString("tenant", key.Tenant);
            json.WriteString("team", key.Team);
            json.WriteString("model", key.Model);
            json.WriteNumber("calls", sums.Calls);
            json.WriteNumber("tokens", sums.Tokens);
            json.WriteString("cost_usd", PlainDecimal.Of(isUsd ? sums.Cost : 0));
            json.WriteNumber("unpriced", isUsd ? sums.Unpriced : sums.Calls);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("budgets");
        foreach (var standing in budgets.Current()) WriteBudget(json, standing);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal static void WriteBudget(Utf8JsonWriter json, BudgetStanding standing)
    {
        json.WriteStartObject();
        WriteMembers(json, standing);
        json.WriteEndObject();
    }

    /// <summary>Into an object that the caller begins and ends.</summary>
    internal static void WriteMembers(Utf8JsonWriter json, BudgetStanding standing)
    {
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
        WriteNumbers(json, "thresholds_fired", standing.FiredThresholds);
        json.WriteBoolean("partial_history", standing.IsPartialHistory);
        json.WriteNumber("unpriced_requests", standing.UnpricedRequests);
    }

    internal static void WriteNumbers(Utf8JsonWriter json, string name, IReadOnlyList<int> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }

    internal static bool TryReadTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (string.IsNullOrEmpty(text)) return true;
        // A plus sign of an offset that was not percent-encoded arrives as a blank.
        var isTime = DateTimeOffset.TryParse(text.Replace(' ', '+'), CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read);
        time = read;
        return isTime;
    }

    internal static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } given) json.WriteString(name, given.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
        else json.WriteNull(name);
    }
}
