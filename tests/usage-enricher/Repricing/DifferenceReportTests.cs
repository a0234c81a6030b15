using System.Text.Json;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Repricing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Repricing;

public sealed class DifferenceReportTests
{
    [Fact]
    public void Table_HasEveryDigitAndATotal()
    {
        using var text = new StringWriter();

        DifferenceReport.WriteTable(Sample(), text);

        Assert.Equal(
            """
            team    model       currency  events  list before      list after  list difference      net before       net after  net difference  unknown before  unknown after
            search  acme-plain  USD            2            1  3.000000000001   2.000000000001             1.5  3.000000000001  1.500000000001               0              0
            -       acme-new    USD            1            0             0.5              0.5               0             0.5             0.5               1              0
            total               USD            3            1  3.500000000001   2.500000000001             1.5  3.500000000001  2.000000000001               1              0

            """.ReplaceLineEndings("\n").Split('\n').Select(static line => string.Join('|', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))),
            text.ToString().ReplaceLineEndings("\n").Split('\n').Select(static line => string.Join('|', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [Fact]
    public void Json_HasOneObjectALine()
    {
        using var text = new StringWriter();

        DifferenceReport.WriteJson(Sample(), text);

        var lines = text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["search", null], lines.Select(static line => line.GetProperty("team").GetString()));
        Assert.Equal("1.500000000001", lines[0].GetProperty("net_difference").GetString());
        Assert.Equal(1, lines[1].GetProperty("unknown_before").GetInt64());
    }

    [Fact]
    public void Rows_BeyondTheBound_AreAddedUp()
    {
        var differences = new Differences();
        for (var i = 0; i < Differences.MaxRows + 5; i++) differences.Add(Event($"team {i}", "m", 1, 1), Cost(2, 2));

        Assert.Equal(Differences.MaxRows + 1, differences.Rows.Count);
        Assert.Equal(5, differences.Rows.Single(static row => row.Key.Team == Differences.Others).Row.Events);
        Assert.Equal(Differences.MaxRows + 5, differences.Repriced);
    }

    private static Differences Sample()
    {
        var differences = new Differences();
        differences.Add(Event("search", "acme-plain", 1, 1), Cost(1.000000000001m, 1.000000000001m));
        differences.Add(Event("search", "acme-plain", 0, 0.5m), Cost(2, 2));
        differences.Add(Event(null, "acme-new", null, null), Cost(0.5m, 0.5m));
        return differences;
    }

    private static LlmUsage Event(string? team, string model, decimal? list, decimal? net) => new(
        Calls.Plain() with { ResponseModel = model, Attribution = new Attribution { Team = team } }, Calls.At, Cost(list, net), 1, Calls.At, new RecordPosition { Topic = "t", Partition = 0, Offset = 0 });

    private static Cost Cost(decimal? list, decimal? net) => new()
    {
        Status = net is null ? CostStatus.UnpricedModel : CostStatus.Priced,
        Currency = "USD",
        ListTotal = list,
        NetTotal = net,
        LineItems = [],
        Unpriced = [],
    };
}
