using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.UsageEnricher.Pricing.Rows;

/// <summary>ISO 8601 date with an optional time and zone; without a zone it is UTC, finer than 100 ns is cut.</summary>
internal static partial class IsoTimestamp
{
    private const int TickDigits = 7;

    [GeneratedRegex(
        @"\A(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
        + @"(?:[Tt ](?<h>[0-9]{2}):(?<m>[0-9]{2})(?::(?<s>[0-9]{2})(?:[.,](?<f>[0-9]+))?)?"
        + @"(?:[Zz]|(?<sign>[+-])(?<oh>[0-9]{2}):?(?<om>[0-9]{2})?)?)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    public static bool TryParse(string text, out DateTime utc)
    {
        utc = default;
        var match = Pattern().Match(text);
        if (!match.Success) return false;
        if (!DateOnly.TryParseExact(match.Groups["date"].ValueSpan, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return false;

        var (hours, minutes, seconds) = (Number(match, "h"), Number(match, "m"), Number(match, "s"));
        var (offsetHours, offsetMinutes) = (Number(match, "oh"), Number(match, "om"));
        if (hours > 23 || minutes > 59 || seconds > 59 || offsetHours > 23 || offsetMinutes > 59) return false;

        var ticks = day.ToDateTime(TimeOnly.MinValue).Ticks + new TimeSpan(hours, minutes, seconds).Ticks + Fraction(match.Groups["f"].ValueSpan);
        var offset = new TimeSpan(offsetHours, offsetMinutes, 0).Ticks;
        ticks -= match.Groups["sign"].ValueSpan is "-" ? -offset : offset;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks) return false;

        utc = new DateTime(ticks, DateTimeKind.Utc);
        return true;
    }

    private static int Number(Match match, string group) =>
        match.Groups[group].Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    private static long Fraction(ReadOnlySpan<char> digits)
    {
        var ticks = 0L;
        for (var i = 0; i < TickDigits; i++) ticks = ticks * 10 + (i < digits.Length ? digits[i] - '0' : 0);
        return ticks;
    }
}
