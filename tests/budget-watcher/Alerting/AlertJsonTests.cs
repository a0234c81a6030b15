using System.Text;
using System.Text.Json;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

public sealed class AlertJsonTests
{
    [Fact]
    public void Of_AnAlert_IsItsFieldsWithAmountsAsExactStrings()
    {
        var alert = Alerts.Of("ops") with { AlertId = Guid.Parse("6f1c1d5e-0c3a-7c58-9d3a-2f1b6f9c4e10") };

        Assert.Equal(
            string.Join(',',
                """{"alert_id":"6f1c1d5e-0c3a-7c58-9d3a-2f1b6f9c4e10","kind":"fired" """.TrimEnd(),
                """ "instance_id":"0123456789abcdef0123456789abcdef","budget":"team-month","per":{"team":"search","user":"canary-user"} """.Trim(),
                """ "period_kind":"month","time_zone":"Europe/Berlin","period_start":"2026-10-31T23:00:00Z","period_end":"2026-11-30T23:00:00Z" """.Trim(),
                """ "unit":"usd","limit":"500","threshold_percent":80,"crossing_ordinal":1,"spent":"400.123456789012","webhooks":["ops"] """.Trim(),
                """ "occurred_at":"2026-11-21T07:08:09.123456Z"}""".Trim()),
            Encoding.UTF8.GetString(AlertJson.Of(alert)));
    }

    [Fact]
    public void Of_AnAlert_HasEveryFieldOfTheSchema()
    {
        using var schema = JsonDocument.Parse(SchemaSet.BudgetAlert.Json);
        using var json = JsonDocument.Parse(AlertJson.Of(Alerts.Of()));

        Assert.Equal(
            schema.RootElement.GetProperty("fields").EnumerateArray().Select(static field => field.GetProperty("name").GetString()),
            json.RootElement.EnumerateObject().Select(static member => member.Name));
    }
}
