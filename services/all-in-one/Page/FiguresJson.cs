using System.Text.Json;
using Pipeline.EsSink.Viewing;
using Pipeline.Runtime;
using Pipeline.Schemas;
using static Pipeline.AllInOne.Viewing.UsagePage;

namespace Pipeline.AllInOne.Page;

/// <summary>
/// Sums as JSON: money, kWh and kg as exact decimals in strings, counts as numbers, durations in microseconds; what is not known is absent.
/// </summary>
internal static class FiguresJson
{
    /// <summary>Teams and models that have a line of their own in the chart; the others are one line together.</summary>
    public const int MaxCharted = 6;

    /// <summary>Teams and models with a row of their own.</summary>
    public const int MaxRows = 50;

    public const int MaxErrorTypes = 12;

    public static void Write(Utf8JsonWriter json, FigureAnswer answer)
    {
        WriteTime(json, "from", answer.From);
        WriteTime(json, "to", answer.To);
        json.WriteNumber("step_s", (long)answer.Step.TotalSeconds);
        json.WriteNumber("quantile_error", DurationHistogram.MaxRelativeError);
        json.WriteStartObject("present");
        WriteNames(json, "tenants", answer.Present.Select(static key => key.Tenant));
        WriteNames(json, "teams", answer.Present.Select(static key => key.Team));
        WriteNames(json, "models", answer.Present.Select(static key => key.Model));
        json.WriteEndObject();

        json.WriteStartObject("total");
        WriteSums(json, answer.Total);
        WriteBreakdown(json, answer);
        json.WriteEndObject();

        json.WriteStartArray("periods");
        for (var i = 0; i < answer.Periods.Count; i++)
        {
            json.WriteStartObject();
            WriteTime(json, "start", answer.From + i * answer.Step);
            WriteSums(json, answer.Periods[i]);
            WriteParts(json, answer.Periods[i]);
            WriteCounts(json, "outcomes", answer.Periods[i].Outcomes, static i => ((Outcome)i).Symbol());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteNamed(json, "teams", answer.Teams);
        WriteNamed(json, "models", answer.Models);
    }

    private static void WriteSums(Utf8JsonWriter json, FigureSums sums)
    {
        json.WriteNumber("calls", sums.Calls);
        json.WriteNumber("failed", sums.Failed);
        json.WriteNumber("unpriced", sums.Unpriced);
        json.WriteString("cost", PlainDecimal.Of(sums.Cost));
        json.WriteString("cost_estimated", PlainDecimal.Of(sums.EstimatedCost));
        json.WriteNumber("tokens", sums.TotalTokens);
        json.WriteNumber("impact_calls", sums.ImpactCalls);
        WriteRange(json, "gwp_kg", sums.Gwp);
        WriteRange(json, "energy_kwh", sums.Energy);
        WriteQuantiles(json, "duration_us", sums.Duration);
        WriteQuantiles(json, "first_token_us", sums.FirstToken);
    }

    private static void WriteBreakdown(Utf8JsonWriter json, FigureAnswer answer)
    {
        var total = answer.Total;
        json.WriteStartArray("other_money");
        foreach (var (currency, net) in answer.OtherMoney.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("currency", currency);
            json.WriteString("cost", PlainDecimal.Of(net));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteParts(json, total);
        WriteCounts(json, "outcomes", total.Outcomes, static i => ((Outcome)i).Symbol());
        WriteCounts(json, "cost_status", total.CostStatuses, static i => ((CostStatus)i).Symbol());
        WriteCounts(json, "usage_source", total.UsageSources, static i => ((UsageSource)i).Symbol());
        WriteCounts(json, "usage_quality", total.UsageQualities, static i => ((UsageQuality)i).Symbol());
        WriteCounts(json, "impact_status", total.ImpactStatuses, static i => ((ImpactStatus)i).Symbol());
        json.WriteStartArray("error_types");
        var errors = total.Errors.OrderByDescending(static one => one.Calls).ThenBy(static one => one.Type, StringComparer.Ordinal).ToList();
        foreach (var (type, calls) in errors.Take(MaxErrorTypes)) WriteCount(json, type, calls);
        if (errors.Count > MaxErrorTypes) WriteCount(json, GroupNames.Other, errors.Skip(MaxErrorTypes).Sum(static one => one.Calls));
        json.WriteEndArray();
    }

    /// <summary>`[measured, estimated]` by part of the token vector; parts without a token are absent.</summary>
    private static void WriteParts(Utf8JsonWriter json, FigureSums sums)
    {
        json.WriteStartObject("token_parts");
        for (var part = 0; part < TokenParts.Count; part++)
        {
            if (sums.Measured(part) == 0 && sums.Estimated(part) == 0) continue;
            json.WriteStartArray(TokenParts.Names[part]);
            json.WriteNumberValue(sums.Measured(part));
            json.WriteNumberValue(sums.Estimated(part));
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>The first few with their cost by period, some more without, and the rest as one.</summary>
    private static void WriteNamed(Utf8JsonWriter json, string name, IReadOnlyList<NamedFigures> all)
    {
        json.WriteStartObject(name);
        json.WriteStartArray("rows");
        for (var i = 0; i < Math.Min(all.Count, MaxRows); i++)
        {
            json.WriteStartObject();
            if (all[i].Tenant is { } tenant) json.WriteString("tenant", tenant);
            if (all[i].Name is { } own) json.WriteString("name", own);
            WriteSums(json, all[i].Sums);
            if (i < MaxCharted) WriteSeries(json, [all[i]]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteRest(json, "not_charted", [.. all.Skip(MaxCharted)]);
        WriteRest(json, "not_listed", [.. all.Skip(MaxRows)]);
        json.WriteEndObject();
    }

    private static void WriteRest(Utf8JsonWriter json, string name, List<NamedFigures> rest)
    {
        if (rest.Count == 0) return;
        var sums = new FigureSums();
        foreach (var one in rest) sums.Add(one.Sums, isMoneyShown: true);
        json.WriteStartObject(name);
        json.WriteNumber("count", rest.Count);
        WriteSums(json, sums);
        WriteSeries(json, rest);
        json.WriteEndObject();
    }

    private static void WriteSeries(Utf8JsonWriter json, List<NamedFigures> several)
    {
        json.WriteStartArray("cost_by_period");
        for (var i = 0; i < several[0].Cost.Length; i++) json.WriteStringValue(PlainDecimal.Of(several.Sum(one => one.Cost[i])));
        json.WriteEndArray();
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, long[] counts, Func<int, string> symbol)
    {
        json.WriteStartArray(name);
        for (var i = 0; i < counts.Length; i++)
            if (counts[i] != 0) WriteCount(json, symbol(i), counts[i]);
        json.WriteEndArray();
    }

    private static void WriteCount(Utf8JsonWriter json, string name, long calls)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteNumber("calls", calls);
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, string name, IEnumerable<string?> names)
    {
        json.WriteStartArray(name);
        foreach (var one in names.Select(static one => one ?? "").Distinct().Order(StringComparer.Ordinal)) json.WriteStringValue(one);
        json.WriteEndArray();
    }

    private static void WriteRange(Utf8JsonWriter json, string name, (decimal Min, decimal Max) range)
    {
        json.WriteStartObject(name);
        json.WriteString("min", PlainDecimal.Of(range.Min));
        json.WriteString("max", PlainDecimal.Of(range.Max));
        json.WriteEndObject();
    }

    private static void WriteQuantiles(Utf8JsonWriter json, string name, DurationHistogram durations)
    {
        if (durations.Count == 0) return;
        json.WriteStartObject(name);
        json.WriteNumber("count", durations.Count);
        json.WriteNumber("p50", Math.Round(durations.Quantile(0.50)!.Value));
        json.WriteNumber("p95", Math.Round(durations.Quantile(0.95)!.Value));
        json.WriteNumber("p99", Math.Round(durations.Quantile(0.99)!.Value));
        json.WriteEndObject();
    }
}
