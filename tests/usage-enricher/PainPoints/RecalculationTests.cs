using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Repricing;
using Pipeline.UsageEnricher.Tests.Fixtures;
using Pipeline.UsageEnricher.Tests.Repricing;

namespace Pipeline.UsageEnricher.Tests.PainPoints;

/// <summary>
/// Complaints that a period cannot be priced again: langfuse/langfuse-docs#2018 (no way is left to re-cost a store of one's own),
/// nujovich/hermes-telemetry#83 and NiceEval#119 (look first, then apply). A dry run shows the difference, a run books it as new revisions.
/// </summary>
public sealed class RecalculationTests : IDisposable
{
    private const int CallsOfATeam = 20;
    private static readonly RepricePeriod November = new(new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero));

    private readonly EventLog _log = new();
    private readonly RepriceRuns _runs;

    public RecalculationTests()
    {
        _runs = new RepriceRuns(_log);
        for (var i = 0; i < 2 * CallsOfATeam; i++)
        {
            // A call of the first team costs 1,000 x $2 and 100 x $8 for a million: $0.0028. The second team's model has no price yet.
            var model = i % 2 == 0 ? "acme-plain" : "house-model";
            _log.Append((i, Calls.Plain(Calls.Tokens(1_000, 100)) with
            {
                EventId = new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), RequestModel = model, ResponseModel = model, Attribution = new Attribution { Team = i % 2 == 0 ? "search" : "chat" },
            }));
        }

        _log.Enrich();
    }

    /// <summary>BerriAI/litellm#31829: a discount that is agreed after the calls; list prices stay, net follows, and the sums with it.</summary>
    [Fact]
    public void DiscountAgreedAfterTheCalls_IsShownAndThenBooked()
    {
        var book = Bill.Book(
            """{"provider":"acme","model":"acme-plain","prices":[{"rates":{"input_mtok":2,"output_mtok":8}}]}""",
            """{"name":"november","when":{"provider":"acme"},"from":"2026-11-01","discount_percent":25}""");
        var before = _log.Read<LlmUsage>(Topics.Usage).Count;

        var shown = _runs.Dry(book, November);

        var row = Assert.Single(shown.Rows, static row => row.Key.Team == "search");
        Assert.Equal(("acme-plain", new Difference(CallsOfATeam, 0.056m, 0.056m, 0.056m, 0.042m, 0, 0)), (row.Key.Model, row.Row));
        Assert.Equal(before, _log.Read<LlmUsage>(Topics.Usage).Count);

        var booked = _runs.Apply(book, November);

        Assert.Equal(RepriceRuns.Table(shown), RepriceRuns.Table(booked));
        Assert.All(_log.Latest().Where(static call => call.Attribution.Team == "search"), static call => Assert.Equal((2, 0.0028m, 0.0021m, "november"), (call.Revision, call.Cost.ListTotal, call.Cost.NetTotal, call.Cost.Contract)));
        Assert.Equal(before + CallsOfATeam, _log.Read<LlmUsage>(Topics.Usage).Count);
        _log.CheckSums();
    }

    /// <summary>maximhq/bifrost#836: costs that were N/A stay so. Once the model has a price its calls of the whole period get it.</summary>
    [Fact]
    public void ModelThatGetsAPriceLater_IsPricedForItsPast()
    {
        var book = Bill.Book(
            """
            {"provider":"acme","model":"acme-plain","prices":[{"rates":{"input_mtok":2,"output_mtok":8}}]}
            {"provider":"acme","model":"house-model","prices":[{"rates":{"input_mtok":1,"output_mtok":5}}]}
            """);

        var booked = _runs.Apply(book, November);

        var row = Assert.Single(booked.Rows);
        Assert.Equal((new DifferenceKey("chat", "house-model", "USD"), new Difference(CallsOfATeam, 0, 0.03m, 0, 0.03m, CallsOfATeam, 0)), (row.Key, row.Row));
        Assert.All(_log.Latest(), static call => Assert.Equal(CostStatus.Priced, call.Cost.Status));
        _log.CheckSums();
    }

    public void Dispose() => _log.Dispose();
}
