using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.AllInOne.Demo;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.AllInOne.Tests.Demo;

public sealed class DemoReceiverTests : IAsyncLifetime
{
    private const string Id = "8d1c6f5e-0c3a-8c58-9d3a-2f1b6f9c4e10";

    private readonly HttpClient _http = new();
    private readonly DemoUpstreams _upstreams = new();
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public ValueTask InitializeAsync()
    {
        _running = _upstreams.Run(1, TimeSpan.Zero, TimeProvider.System, NullLoggerFactory.Instance, _stop.Token);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _upstreams.Dispose();
    }

    [Fact]
    public async Task Alert_PostedTwice_IsOneLine()
    {
        Assert.Equal(HttpStatusCode.NoContent, await Post(_upstreams.Receiver.Webhook.Secret));
        Assert.Equal(HttpStatusCode.NoContent, await Post(_upstreams.Receiver.Webhook.Secret));

        Assert.True(_upstreams.Receiver.Lines.TryRead(out var line));
        Assert.Equal("alert    budget search-hour user u?1 passed 80 %: 0.41 of 0.5 usd spent, hour from 2026-03-01T12:00:00Z", line);
        Assert.False(_upstreams.Receiver.Lines.TryRead(out _));
    }

    [Fact]
    public async Task Alert_SignedWithAnotherKey_IsRefused()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, await Post(new byte[32]));

        Assert.False(_upstreams.Receiver.Lines.TryRead(out _));
    }

    [Fact]
    public void Budgets_OfTheDemo_CallItsReceiver()
    {
        var set = DemoBudgets.Of(_upstreams.Receiver.Webhook);

        Assert.Contains(set.Budgets, static budget => budget.Id == "search-hour" && budget.Thresholds.Contains(80));
        Assert.All(set.Budgets, budget => Assert.Equal(_upstreams.Receiver.Webhook, set.Webhooks[Assert.Single(budget.Webhooks)]));
    }

    private async Task<HttpStatusCode> Post(ReadOnlyMemory<byte> secret)
    {
        var start = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var body = AlertJson.Of(new BudgetAlert
        {
            AlertId = Guid.Parse(Id), Kind = AlertKind.Fired, InstanceId = "0", Budget = "search-hour", PeriodKind = PeriodKind.Hour, TimeZone = "UTC",
            Per = new Dictionary<string, string> { ["user"] = "u\u001b1" },
            PeriodStart = start, PeriodEnd = start.AddHours(1), Unit = BudgetUnit.Usd, Limit = 0.5m, ThresholdPercent = 80, CrossingOrdinal = 1, Spent = 0.41m, OccurredAt = start,
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, _upstreams.Receiver.Webhook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("webhook-id", Id);
        request.Headers.Add("webhook-timestamp", "1795244889");
        request.Headers.Add("webhook-signature", WebhookSignature.Of(secret.Span, Id, 1795244889, body));
        using var reply = await _http.SendAsync(request);
        return reply.StatusCode;
    }
}
