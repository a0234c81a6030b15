using System.Globalization;
using System.Net;
using System.Text.Json;
using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Page;

public sealed class FiguresPageTests : IAsyncLifetime
{
    private const int Seed = 20260301;
    private static readonly TimeSpan Length = TimeSpan.FromHours(5);

    private readonly DocumentView _view = new();
    private readonly KnownLog _log = new(Seed, 4_000, Length);
    private PageServer _page = null!;

    public async ValueTask InitializeAsync()
    {
        foreach (var usage in _log.Written) _view.Put(usage);
        _page = await PageServer.Start(_view, KnownLog.Start + Length);
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Theory]
    [InlineData("range=6h")]
    [InlineData("range=24h")]
    [InlineData("range=30d")]
    [InlineData("range=all")]
    [InlineData("range=1h")]
    [InlineData("range=6h&team=search")]
    [InlineData("range=6h&team=")]
    [InlineData("range=6h&tenant=acme&model=gpt-4.1")]
    [InlineData("from=2026-03-01T10:17:00Z&to=2026-03-01T11:03:30Z&model=")]
    public async Task Figures_OfAKnownLog_AreThoseOfItsEvents(string query)
    {
        var json = await _page.Json("/usage/figures?" + query);

        var wanted = Wanted(json, query);
        Assert.NotEmpty(wanted);
        CheckSums(json.GetProperty("total"), wanted);
        var step = TimeSpan.FromSeconds(json.GetProperty("step_s").GetInt64());
        Assert.InRange(json.GetProperty("periods").GetArrayLength(), 1, FigureAnswer.MaxPeriods);
        foreach (var period in json.GetProperty("periods").EnumerateArray())
        {
            var start = period.GetProperty("start").GetDateTimeOffset();
            var own = wanted.Where(usage => usage.EventTime >= start && usage.EventTime < start + step).ToList();
            CheckSums(period, own);
            CheckParts(period, own);
        }
    }

    [Fact]
    public async Task Figures_ByTeamAndModel_AddUpToTheTotal()
    {
        var json = await _page.Json("/usage/figures?range=6h");
        var events = Wanted(json, "range=6h");

        var teams = events.GroupBy(static usage => (usage.Attribution.Tenant, usage.Attribution.Team)).ToDictionary(static team => team.Key, static team => team.ToList());
        var rows = json.GetProperty("teams").GetProperty("rows").EnumerateArray().ToList();
        Assert.Equal(teams.Count, rows.Count);
        foreach (var row in rows) CheckSums(row, teams[(Text(row, "tenant"), Text(row, "name"))]);
        var costs = rows.Select(static row => Money(row, "cost") + Money(row, "cost_estimated")).ToList();
        Assert.Equal(costs.OrderDescending(), costs);
        Assert.Equal(KnownLog.CostOf(events, false) + KnownLog.CostOf(events, true), costs.Sum());

        var models = events.GroupBy(static usage => KnownLog.ModelOf(usage) ?? "").ToDictionary(static model => model.Key, static model => model.ToList());
        foreach (var row in json.GetProperty("models").GetProperty("rows").EnumerateArray()) CheckSums(row, models[Text(row, "name") ?? ""]);
    }

    [Fact]
    public async Task Figures_OfMoreTeamsThanLines_HaveTheRestAsOneLine()
    {
        var json = await _page.Json("/usage/figures?range=6h");
        var teams = json.GetProperty("teams");

        var lines = teams.GetProperty("rows").EnumerateArray().Where(static row => row.TryGetProperty("cost_by_period", out _)).Append(teams.GetProperty("not_charted")).ToList();

        Assert.Equal(7, lines.Count);
        var periods = json.GetProperty("periods").EnumerateArray().ToList();
        for (var i = 0; i < periods.Count; i++)
            Assert.Equal(Money(periods[i], "cost") + Money(periods[i], "cost_estimated"),
                lines.Sum(line => decimal.Parse(line.GetProperty("cost_by_period")[i].GetString()!, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Figures_Breakdowns_CountEveryCallOnce()
    {
        var total = (await _page.Json("/usage/figures?range=6h")).GetProperty("total");
        var events = _log.Events;

        CheckParts(total, events);
        CheckCounts(total, "outcomes", events, static usage => usage.Outcome.Symbol());
        CheckCounts(total, "cost_status", events, static usage => usage.Cost.Status.Symbol());
        CheckCounts(total, "usage_source", events, static usage => usage.UsageSource.Symbol());
        CheckCounts(total, "usage_quality", events, static usage => usage.UsageQuality.Symbol());
        CheckCounts(total, "impact_status", events, static usage => usage.Impact!.Status.Symbol());
        CheckCounts(total, "error_types", events.Where(static usage => usage.Outcome != Outcome.Ok), static usage => usage.ErrorType ?? usage.Outcome.Symbol());
        var euros = Assert.Single(total.GetProperty("other_money").EnumerateArray());
        Assert.Equal(events.Where(static usage => usage.Cost.Currency == "EUR").Sum(static usage => usage.Cost.NetTotal ?? 0), Money(euros, "cost"));
    }

    [Theory]
    [InlineData("range=2h", "range must be one of 15m")]
    [InlineData("from=yesterday", "from and to must be times")]
    [InlineData("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", "from must be before to")]
    public async Task Figures_RequestThatCannotBeRead_SaysWhy(string query, string problem)
    {
        using var reply = await _page.Http.GetAsync("/usage/figures?" + query);

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Contains(problem, await reply.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Figures_OfAnEmptyLog_AreEmptyAndNotAbsent()
    {
        await using var page = await PageServer.Start(new DocumentView(), KnownLog.Start);

        var json = await page.Json("/usage/figures");

        Assert.Equal((0, "0"), (json.GetProperty("total").GetProperty("calls").GetInt64(), Text(json.GetProperty("total"), "cost")));
        Assert.False(json.GetProperty("total").TryGetProperty("duration_us", out _));
        Assert.Equal(24, json.GetProperty("periods").GetArrayLength());
    }

    /// <summary>The newest revisions within the answer's own range that fit the filters.</summary>
    private List<LlmUsage> Wanted(JsonElement json, string query)
    {
        var (from, to) = (json.GetProperty("from").GetDateTimeOffset(), json.GetProperty("to").GetDateTimeOffset());
        var filters = query.Split('&').Select(static part => part.Split('=')).ToDictionary(static part => part[0], static part => part[1]);
        bool Fits(string name, string? value) => !filters.TryGetValue(name, out var wanted) || wanted == (value ?? "");
        return [.. _log.Events.Where(usage => usage.EventTime >= from && usage.EventTime < to
            && Fits("tenant", usage.Attribution.Tenant) && Fits("team", usage.Attribution.Team) && Fits("model", KnownLog.ModelOf(usage)))];
    }

    private static void CheckSums(JsonElement sums, IReadOnlyList<LlmUsage> events)
    {
        var figures = events.Where(static usage => !KnownLog.IsRepeat(usage)).ToList();
        var estimated = figures.Where(static usage => usage.Impact!.Status == ImpactStatus.Estimated).ToList();
        Assert.Equal(
            (events.Count, events.Count(static usage => usage.Outcome != Outcome.Ok), events.Count(KnownLog.IsUnpriced), estimated.Count),
            (Count(sums, "calls"), Count(sums, "failed"), Count(sums, "unpriced"), Count(sums, "impact_calls")));
        Assert.Equal((KnownLog.CostOf(events, false), KnownLog.CostOf(events, true)), (Money(sums, "cost"), Money(sums, "cost_estimated")));
        Assert.Equal(figures.Sum(static usage => (usage.Usage?.InputTotal ?? 0) + (usage.Usage?.OutputTotal ?? 0)), Count(sums, "tokens"));
        CheckRange(sums, "gwp_kg", estimated.Sum(static usage => usage.Impact!.Gwp!.Min), estimated.Sum(static usage => usage.Impact!.Gwp!.Max));
        CheckRange(sums, "energy_kwh", estimated.Sum(static usage => usage.Impact!.Energy!.Min), estimated.Sum(static usage => usage.Impact!.Energy!.Max));
        CheckQuantiles(sums, "duration_us", [.. events.Select(static usage => usage.DurationUs)]);
        CheckQuantiles(sums, "first_token_us", [.. events.Where(static usage => usage.TimeToFirstTokenUs is not null).Select(static usage => usage.TimeToFirstTokenUs!.Value)]);
    }

    private static void CheckRange(JsonElement sums, string name, double min, double max)
    {
        Assert.Equal(min, (double)Money(sums.GetProperty(name), "min"), 1e-9);
        Assert.Equal(max, (double)Money(sums.GetProperty(name), "max"), 1e-9);
    }

    private static void CheckQuantiles(JsonElement sums, string name, List<long> values)
    {
        Assert.Equal(values.Count > 0, sums.TryGetProperty(name, out var quantiles));
        if (values.Count == 0) return;
        foreach (var (member, share) in new[] { ("p50", 0.5), ("p95", 0.95), ("p99", 0.99) })
        {
            var exact = KnownLog.Quantile(values, share);
            // A whole number of microseconds is shown.
            Assert.Equal(exact, quantiles.GetProperty(member).GetDouble(), exact * DurationHistogram.MaxRelativeError + 0.5);
        }
    }

    private static void CheckParts(JsonElement sums, IEnumerable<LlmUsage> events)
    {
        var shown = sums.GetProperty("token_parts");
        var figures = events.Where(static usage => usage.Usage is not null && !KnownLog.IsRepeat(usage)).ToList();
        for (var part = 0; part < TokenParts.Count; part++)
        {
            var tokens = figures.ToLookup(static usage => usage.UsageSource == UsageSource.Estimated, usage => TokenParts.Read(usage.Usage!, part) ?? 0);
            var (measured, estimated) = (tokens[false].Sum(), tokens[true].Sum());
            if (measured + estimated == 0) Assert.False(shown.TryGetProperty(TokenParts.Names[part], out _));
            else Assert.Equal((measured, estimated), (shown.GetProperty(TokenParts.Names[part])[0].GetInt64(), shown.GetProperty(TokenParts.Names[part])[1].GetInt64()));
        }
    }

    private static void CheckCounts(JsonElement total, string member, IEnumerable<LlmUsage> events, Func<LlmUsage, string> nameOf) =>
        Assert.Equal(
            events.GroupBy(nameOf).ToDictionary(static group => group.Key, static group => group.Count()),
            total.GetProperty(member).EnumerateArray().ToDictionary(static one => Text(one, "name")!, static one => Count(one, "calls")));

    private static int Count(JsonElement json, string name) => json.GetProperty(name).GetInt32();

    private static decimal Money(JsonElement json, string name) => decimal.Parse(json.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
}
