using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>Rewrites dates in model names, for names that one side of the trade writes with and the other without dashes.</summary>
internal static partial class CompactDate
{
    [GeneratedRegex("-(20[0-9]{6})(?=-|:|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    /// <summary>`a-20251211` becomes `a-2025-12-11`; what is no date of the calendar stays.</summary>
    /// <returns>The same instance when nothing was rewritten.</returns>
    public static string WriteOut(string name)
    {
        if (!Pattern().IsMatch(name)) return name;

        var written = Pattern().Replace(name, match =>
            DateOnly.TryParseExact(match.Groups[1].ValueSpan, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
                ? date.ToString("-yyyy-MM-dd", CultureInfo.InvariantCulture)
                : match.Value);
        return written == name ? name : written;
    }
}
