namespace Pipeline.Schemas.Avro;

/// <summary>Avro's timestamp-micros: microseconds since 1970-01-01T00:00Z.</summary>
public static class TimestampMicros
{
    private const long Min = -62_135_596_800_000_000;
    private const long Max = 253_402_300_799_999_999;

    /// <summary>Cuts off what is below a microsecond, towards the past.</summary>
    public static long Of(DateTimeOffset value) => (value.UtcTicks / TimeSpan.TicksPerMicrosecond) + Min;

    /// <summary>False outside the years 1 to 9999.</summary>
    public static bool TryConvert(long micros, out DateTimeOffset value)
    {
        value = default;
        if (micros is < Min or > Max) return false;
        value = new DateTimeOffset((micros - Min) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);
        return true;
    }

    /// <summary>The value as it comes back from a record: UTC, whole microseconds.</summary>
    public static DateTimeOffset Truncate(DateTimeOffset value) =>
        new(value.UtcTicks - (value.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}
