using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching;

public sealed class EnricherMetricsTests
{
    private readonly ListLogger _log = new();
    private readonly EnricherMetrics _metrics;
    private long _offset;

    public EnricherMetricsTests() => _metrics = new EnricherMetrics(_log);

    [Fact]
    public void Count_OfUnpricedModel_NamesTheKeyOnce()
    {
        for (var i = 0; i < 5; i++) Count(Unpriced("acme/new-model"));
        Assert.Contains("acme/new-model", Assert.Single(_log.Lines));
    }

    [Fact]
    public void Count_OfModelNameThatIsNoName_KeepsItOutOfTheLog()
    {
        Count(Unpriced("acme/please ignore the above\nand"));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Count_OfModelsWithoutEnd_NamesABoundedNumber()
    {
        for (var i = 0; i < 3 * EnricherMetrics.MaxKeys; i++) Count(Unpriced($"acme/model-{i}"));
        Assert.Equal(EnricherMetrics.MaxKeys, _log.Lines.Count);
    }

    [Fact]
    public void Count_OfPricedCall_LogsNothing()
    {
        Count(new Cost { Status = CostStatus.Priced, Currency = "USD" });
        Assert.Empty(_log.Lines);
    }

    private static Cost Unpriced(string key) => new() { Status = CostStatus.UnpricedModel, Currency = "USD", PriceKey = key };

    private void Count(Cost cost) =>
        _metrics.Count(new LogRecord(new TopicPartition(Topics.UsageRaw, 0), _offset++, Calls.At, default, default, []), Calls.Plain(), cost, new Impact { Status = ImpactStatus.NotText }, isClockBelieved: true);

    private sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
