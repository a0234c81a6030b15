using System.Net;
using System.Text.Json;
using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Page;

public sealed class RequestsPageTests : IAsyncLifetime
{
    private readonly DocumentView _view = new();
    private readonly KnownLog _log = new(77, 3_000, TimeSpan.FromHours(2));
    private PageServer _page = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var usage in _log.Written) _view.Put(usage);
        _page = await PageServer.Start(_view, KnownLog.Start.AddHours(2));
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public async Task Requests_OfAKnownLog_AreTheNewestInTheirNewestRevision()
    {
        var expected = _log.Events.OrderByDescending(static usage => usage.EventTime).Take(20).Select(static usage => (usage.EventId, usage.Revision));

        Assert.Equal(expected, Ids(await _page.Json("/usage/requests?range=all&count=20")));
    }

    [Theory]
    [InlineData("outcome=failed")]
    [InlineData("outcome=unpriced")]
    [InlineData("team=search")]
    [InlineData("range=15m")]
    public async Task Requests_Filtered_AreThoseOfTheNewestThousand(string query)
    {
        bool Fits(LlmUsage usage) => query switch
        {
            "outcome=failed" => usage.Outcome != Outcome.Ok,
            "outcome=unpriced" => usage.Cost.Status is not (CostStatus.Priced or CostStatus.Free),
            "team=search" => usage.Attribution.Team == "search",
            _ => usage.EventTime >= KnownLog.Start.AddMinutes(105),
        };
        var newest = _log.Events.OrderByDescending(static usage => usage.EventTime).Take(DocumentView.MaxLatest);

        Assert.Equal(newest.Where(Fits).Take(30).Select(static usage => (usage.EventId, usage.Revision)), Ids(await _page.Json("/usage/requests?count=30&" + query)));
    }

    [Fact]
    public async Task Trail_OfARequest_HasEverythingThatIsKnownOfIt()
    {
        var usage = _log.Events.OrderByDescending(static one => one.EventTime).First(static one => one is { Usage: not null, Cost: { NetTotal: > 0 }, Impact.Gwp: not null });

        var trail = await _page.Json($"/usage/requests/{usage.EventId}");

        var llm = trail.GetProperty("llm");
        Assert.Equal(usage.EventId, trail.GetProperty("event").GetProperty("id").GetGuid());
        Assert.Equal((usage.Edge.Id, usage.Edge.Epoch, usage.Edge.Sequence),
            (llm.GetProperty("edge").GetProperty("id").GetGuid(), llm.GetProperty("edge").GetProperty("epoch").GetString(), llm.GetProperty("edge").GetProperty("sequence").GetInt64()));
        Assert.Equal((usage.Raw.Partition, usage.Raw.Offset), (llm.GetProperty("raw").GetProperty("partition").GetInt32(), llm.GetProperty("raw").GetProperty("offset").GetInt64()));
        Assert.Equal(usage.Revision, llm.GetProperty("revision").GetInt32());
        Assert.Equal(usage.Usage!.InputUncached, llm.GetProperty("usage").GetProperty("input_uncached").GetInt64());
        Assert.Equal(usage.Cost.NetTotal, decimal.Parse(llm.GetProperty("cost").GetProperty("net_total_decimal").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal((usage.Impact!.Gwp!.Min, usage.Impact.Gwp.Max),
            (llm.GetProperty("impact").GetProperty("gwp").GetProperty("min").GetDouble(), llm.GetProperty("impact").GetProperty("gwp").GetProperty("max").GetDouble()));
    }

    [Theory]
    [InlineData("/usage/requests/019a7be2-0000-7000-8000-000000000000", HttpStatusCode.NotFound, "not one of the newest 1000 events")]
    [InlineData("/usage/requests/x", HttpStatusCode.NotFound, "not one of the newest")]
    [InlineData("/usage/requests?count=0", HttpStatusCode.BadRequest, "count must be 1 to 200")]
    [InlineData("/usage/requests?outcome=bad", HttpStatusCode.BadRequest, "outcome must be failed or unpriced")]
    public async Task Requests_ThatCannotBeAnswered_SayWhy(string path, HttpStatusCode status, string problem)
    {
        using var reply = await _page.Http.GetAsync(path);

        Assert.Equal(status, reply.StatusCode);
        Assert.Contains(problem, await reply.Content.ReadAsStringAsync());
    }

    private static IEnumerable<(Guid, int)> Ids(JsonElement json) =>
        json.GetProperty("requests").EnumerateArray().Select(static one => (one.GetProperty("event_id").GetGuid(), one.GetProperty("revision").GetInt32()));
}
