using Pipeline.Schemas;
using Pipeline.Schemas.Avro;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>When a call happened. An edge whose clock is off must not move money into another month.</summary>
/// <param name="ClockReported">The edge's time where it was not believed.</param>
internal readonly record struct EventTime(DateTimeOffset At, DateTimeOffset? ClockReported)
{
    /// <summary>A spool may be that old when it is shipped at last.</summary>
    public static readonly TimeSpan MaxBehind = TimeSpan.FromDays(14);

    public static readonly TimeSpan MaxAhead = TimeSpan.FromHours(1);

    /// <param name="appendedAt">The log's own time of the raw record.</param>
    public static EventTime Of(LLMUsageAudit call, DateTimeOffset appendedAt)
    {
        var appended = TimestampMicros.Truncate(appendedAt);
        var behind = appended - call.StartedAt;
        return behind > MaxBehind || behind < -MaxAhead ? new EventTime(appended, call.StartedAt) : new EventTime(call.StartedAt, null);
    }
}
