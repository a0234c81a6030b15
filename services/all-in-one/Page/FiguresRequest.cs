using Microsoft.AspNetCore.Http;
using Pipeline.AllInOne.Viewing;
using Pipeline.EsSink.Viewing;

namespace Pipeline.AllInOne.Page;

/// <summary>
/// What the page asks for: `range` (15m, 1h, 6h, 24h, 7d, 30d, all; up to now) or `from` and `to` (ISO 8601), and `tenant`, `team`,
/// `model`, each absent = all, empty = calls without one.
/// </summary>
internal static class FiguresRequest
{
    public const string Currency = "USD";
    public const string DefaultRange = "24h";

    private const int MaxNameLength = 128;

    private static readonly Dictionary<string, TimeSpan?> Ranges = new(StringComparer.Ordinal)
    {
        ["15m"] = TimeSpan.FromMinutes(15), ["1h"] = TimeSpan.FromHours(1), ["6h"] = TimeSpan.FromHours(6), ["24h"] = TimeSpan.FromDays(1),
        ["7d"] = TimeSpan.FromDays(7), ["30d"] = TimeSpan.FromDays(30), ["all"] = null,
    };

    /// <returns>Null with the reason, fit for the caller, when the request cannot be read.</returns>
    public static FigureQuery? Read(IQueryCollection query, DateTimeOffset now, out string problem)
    {
        problem = "";
        if (!UsagePage.TryReadTime(query["from"], out var from) || !UsagePage.TryReadTime(query["to"], out var to))
        {
            problem = "from and to must be times such as 2026-01-31T12:00:00Z";
            return null;
        }

        var range = query["range"].ToString();
        if (!Ranges.TryGetValue(range.Length == 0 ? DefaultRange : range, out var span))
        {
            problem = $"range must be one of {string.Join(", ", Ranges.Keys)}";
            return null;
        }

        if (to <= from)
        {
            problem = "from must be before to";
            return null;
        }

        var (tenant, team, model) = (Name(query, "tenant"), Name(query, "team"), Name(query, "model"));
        if (new[] { tenant, team, model }.Any(static name => name?.Length > MaxNameLength))
        {
            problem = $"tenant, team and model have at most {MaxNameLength} characters";
            return null;
        }

        var end = to ?? now;
        return new FigureQuery(from ?? (span is { } wanted ? end - wanted : null), end, tenant, team, model, Currency);
    }

    private static string? Name(IQueryCollection query, string name) => query.TryGetValue(name, out var value) ? value.ToString() : null;
}
