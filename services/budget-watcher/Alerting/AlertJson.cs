using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Pipeline.Runtime;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>
/// What a webhook gets: the fields of the schema `BudgetAlert` by their names, always all of them. Money and other amounts are decimal
/// strings, because JSON numbers lose digits; times are ISO 8601 in UTC.
/// </summary>
public static class AlertJson
{
    public static byte[] Of(BudgetAlert alert)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("alert_id"u8, alert.AlertId);
            json.WriteString("kind"u8, alert.Kind.Symbol());
            json.WriteString("instance_id"u8, alert.InstanceId);
            json.WriteString("budget"u8, alert.Budget);
            json.WriteStartObject("per"u8);
            foreach (var (name, value) in alert.Per.OrderBy(static pair => pair.Key, StringComparer.Ordinal)) json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteString("period_kind"u8, alert.PeriodKind.Symbol());
            json.WriteString("time_zone"u8, alert.TimeZone);
            json.WriteString("period_start"u8, Time(alert.PeriodStart));
            json.WriteString("period_end"u8, Time(alert.PeriodEnd));
            json.WriteString("unit"u8, alert.Unit.Symbol());
            json.WriteString("limit"u8, PlainDecimal.Of(alert.Limit));
            json.WriteNumber("threshold_percent"u8, alert.ThresholdPercent);
            json.WriteNumber("crossing_ordinal"u8, alert.CrossingOrdinal);
            json.WriteString("spent"u8, PlainDecimal.Of(alert.Spent));
            json.WriteStartArray("webhooks"u8);
            foreach (var webhook in alert.Webhooks) json.WriteStringValue(webhook);
            json.WriteEndArray();
            json.WriteString("occurred_at"u8, Time(alert.OccurredAt));
            json.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
