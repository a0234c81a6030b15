using System.Diagnostics.Metrics;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;
using Pipeline.TestKit;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching;

public sealed class EnricherMetricsTests
{
    private readonly KeptLines _log = new();
    private readonly EnricherMetrics _metrics;
    private long _offset;

    public EnricherMetricsTests() => _metrics = new EnricherMetrics(_log);

    [Fact]
    public void Count_OfUnpricedModel_NamesTheKeyOnce()
    {
        for (var i = 0; i < 5; i++) Count(Unpriced("acme/new-model"));
        Assert.Contains("acme/new-model", Assert.Single(_log.All));
    }

    [Fact]
    public void Count_OfReplyThatNobodyKnows_NamesItsKey()
    {
        Count(new Cost { Status = CostStatus.Ambiguous, Currency = "USD", PriceKey = "acme/tier" });
        Assert.Empty(_log.All);
        Count(new Cost { Status = CostStatus.Ambiguous, Currency = "USD", PriceKey = "acme/frontier", Unpriced = [CostSum.ResponseModel] });
        Assert.Contains("ModelNotPriced acme/frontier", Assert.Single(_log.All));
    }

    [Fact]
    public void Count_OfModelNameThatIsNoName_KeepsItOutOfTheLog()
    {
        Count(Unpriced("acme/please ignore the above\nand"));
        Assert.Empty(_log.All);
    }

    [Fact]
    public void Count_OfModelsWithoutEnd_NamesABoundedNumber()
    {
        for (var i = 0; i < 3 * EnricherMetrics.MaxKeys; i++) Count(Unpriced($"acme/model-{i}"));
        Assert.Equal(EnricherMetrics.MaxKeys, _log.All.Count);
    }

    [Fact]
    public void Count_OfPricedCall_LogsNothing()
    {
        Count(new Cost { Status = CostStatus.Priced, Currency = "USD" });
        Assert.Empty(_log.All);
    }

    [Fact]
    public void Count_OfUnpricedModel_NamesItAgainAfterAnHourOfTheLog()
    {
        Count(Unpriced("acme/new-model"));
        Count(Unpriced("acme/new-model"), Calls.At + EnricherMetrics.NameAgainAfter - TimeSpan.FromTicks(1));
        Assert.Single(_log.All);
        Count(Unpriced("acme/new-model"), Calls.At + EnricherMetrics.NameAgainAfter);
        Assert.Equal(2, _log.All.Count);
    }

    [Theory]
    [InlineData(1.0, 1.009, "same")]
    [InlineData(1.0, 1.011, "higher")]
    [InlineData(1.0, 0.5, "lower")]
    [InlineData(0.0, 0.0, "same")]
    [InlineData(1.0, null, "unknown")]
    public void Count_OfCostThatTheProviderStates_SaysHowOursCompares(double reported, double? ours, string expected)
    {
        var counted = new List<(string Instrument, long Value, string? Ours)>();
        using var listener = new MeterListener { InstrumentPublished = static (instrument, self) => { if (instrument.Meter.Name == PipelineMeter.Name) self.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            var labels = tags.ToArray().ToDictionary(static tag => tag.Key, static tag => tag.Value?.ToString());
            if (labels.GetValueOrDefault("provider") == "teller") counted.Add((instrument.Name, value, labels.GetValueOrDefault("ours")));
        });
        listener.Start();
        var cost = new Cost { Status = ours is null ? CostStatus.UnpricedModel : CostStatus.Priced, Currency = "USD", ListTotal = (decimal?)ours, PriceKey = "acme/m" };
        Count(cost, call: Calls.Plain() with { Provider = "teller", ProviderReportedCost = (decimal)reported });
        Assert.Contains(("pipeline_enricher_reported_costs_total", 1L, expected), counted);
        if (ours is not null) Assert.Contains(("pipeline_enricher_list_of_reported_micros_total", (long)((decimal)ours.Value * 1_000_000), null), counted);
    }

    private static Cost Unpriced(string key) => new() { Status = CostStatus.UnpricedModel, Currency = "USD", PriceKey = key };

    private void Count(Cost cost, DateTimeOffset? at = null, LLMUsageAudit? call = null) =>
        _metrics.Count(new LogRecord(new TopicPartition(Topics.UsageRaw, 0), _offset++, at ?? Calls.At, default, default, []), call ?? Calls.Plain(), cost, new Impact { Status = ImpactStatus.NotText }, isClockBelieved: true);
}
