using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Pipeline.AllInOne.Viewing;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Viewing;

public sealed class UsagePagesTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DocumentView _view = new();
    private readonly UsageTail _tail = new(TimeProvider.System);
    private readonly HttpClient _http = new() { Timeout = Patience };
    private WebApplication _server = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRoutingCore();
        _server = builder.Build();
        UsagePage.Map(_server, _view, new BudgetStandings());
        _tail.Map(_server);
        await _server.StartAsync();
        _http.BaseAddress = new Uri(_server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Usage_Range_GivesGroupsWithExactMoney()
    {
        _view.Put(Events.Of(cost: 0.1m));
        _view.Put(Events.Of(cost: 0.2m));
        _view.Put(Events.Of(at: Events.Noon.AddHours(3)));

        using var json = JsonDocument.Parse(await _http.GetStringAsync("/usage?from=2026-03-01T12:00:00Z&to=2026-03-01T14:00:00%2B01:00"));

        Assert.Equal("2026-03-01T12:00:00Z", json.RootElement.GetProperty("from").GetString());
        Assert.Equal("2026-03-01T13:00:00Z", json.RootElement.GetProperty("to").GetString());
        Assert.Equal(
            """{"tenant":"acme","team":"search","model":"gpt-4.1","calls":2,"tokens":200,"cost_usd":"0.3","unpriced":0}""",
            Assert.Single(json.RootElement.GetProperty("groups").EnumerateArray()).GetRawText());
    }

    [Fact]
    public async Task Usage_WithoutBudgets_HasAnEmptyList()
    {
        using var json = JsonDocument.Parse(await _http.GetStringAsync("/usage"));

        Assert.Equal(0, json.RootElement.GetProperty("budgets").GetArrayLength());
    }

    [Fact]
    public void Usage_ABudget_HasItsAmountsAsExactStrings()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
        {
            UsagePage.WriteBudget(json, new BudgetStanding(
                "team-month", "0123456789abcdef0123456789abcdef", new Dictionary<string, string> { ["user"] = "u-1", ["team"] = "search" }, PeriodKind.Month,
                Events.Noon, Events.Noon.AddDays(31), BudgetUnit.Usd, 500.00m, 400.123456789012m, [50, 80], false, 3));
        }

        Assert.Equal(
            """{"id":"team-month","instance_id":"0123456789abcdef0123456789abcdef","per":{"team":"search","user":"u-1"},"period_kind":"month",""" +
            """ "period_start":"2026-03-01T12:00:00Z","period_end":"2026-04-01T12:00:00Z","unit":"usd","limit":"500","spent":"400.123456789012",""".Trim() +
            """ "percent":"80.02","thresholds_fired":[50,80],"partial_history":false,"unpriced_requests":3}""".Trim(),
            Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    [Fact]
    public async Task Usage_UnreadableTime_IsABadRequest()
    {
        using var reply = await _http.GetAsync("/usage?from=yesterday");

        Assert.Equal(HttpStatusCode.BadRequest, reply.StatusCode);
        Assert.Contains("from and to must be times", await reply.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Tail_Event_ArrivesAsOneLineOfJson()
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var stream = await _http.GetStreamAsync("/tail", patience.Token);
        using var lines = new StreamReader(stream);
        Assert.StartsWith(": events of llm-usage", await lines.ReadLineAsync(patience.Token));
        await lines.ReadLineAsync(patience.Token);

        _tail.Publish(Events.Of(requestId: "demo-77", cost: 1.50m));

        var line = await lines.ReadLineAsync(patience.Token);
        Assert.StartsWith("data: {", line);
        using var json = JsonDocument.Parse(line![6..]);
        Assert.Equal("demo-77", json.RootElement.GetProperty("request_id").GetString());
        Assert.Equal("1.5", json.RootElement.GetProperty("cost").GetProperty("net_total").GetString());
        Assert.Equal("", await lines.ReadLineAsync(patience.Token));
    }

    [Fact]
    public async Task Tail_ClientThatDoesNotRead_IsDroppedWithAComment()
    {
        using var patience = new CancellationTokenSource(Patience);
        await using var stream = await _http.GetStreamAsync("/tail", patience.Token);
        using var lines = new StreamReader(stream);
        await lines.ReadLineAsync(patience.Token);

        // More than the channel and the sockets' buffers hold together.
        for (var i = 0; i < 60_000; i++) _tail.Publish(Events.Of());

        string? line, last = null;
        while ((line = await lines.ReadLineAsync(patience.Token)) is not null)
            if (line.Length > 0) last = line;
        Assert.StartsWith(": dropped", last);
    }
}
