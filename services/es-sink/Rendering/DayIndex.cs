using System.Globalization;

namespace Pipeline.EsSink.Rendering;

/// <summary>The index of a UTC day of event time: `llm-usage-2026.03.01`.</summary>
public static class DayIndex
{
    public const string Prefix = "llm-usage-";
    public const string Pattern = Prefix + "*";
    public const string Alias = "llm-usage";

    public static DateOnly DayOf(DateTimeOffset eventTime) => DateOnly.FromDateTime(eventTime.UtcDateTime);

    public static string NameOf(DateOnly day) => Prefix + day.ToString("yyyy.MM.dd", CultureInfo.InvariantCulture);
}
