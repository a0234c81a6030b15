using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Pipeline.TestKit;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

/// <summary>Deliveries to receivers that are real HTTP servers.</summary>
public sealed class AlertDelivererTests : IDisposable
{
    private readonly Alerts _alerts = new();
    private readonly KeptLines _logged = new();

    public void Dispose() => _alerts.Dispose();

    [Fact]
    public async Task Prepare_AnAlert_IsPostedOnceAndSigned()
    {
        await using var receiver = await Receiver.Start();
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));
        var alert = Alerts.Of("ops");
        var before = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        Assert.Empty(Settle(deliverer, _alerts.Batch(alert)));

        var got = Assert.Single(receiver.Requests);
        Assert.Equal(("/alerts", alert.AlertId.ToString(), "application/json", "budget-watcher"), (got.Path, got.Id, got.ContentType, got.UserAgent));
        Assert.Equal(AlertJson.Of(alert), got.Body);
        Assert.InRange(got.Timestamp, before, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        Assert.Equal(SignatureOf(got), got.Signature);
        Assert.Equal(CheckResult.Ok, deliverer.Check());
    }

    [Fact]
    public async Task Prepare_AnsweredBy500Twice_IsRepeatedUnderItsIdAndThenSilent()
    {
        await using var receiver = await Receiver.Start(static (context, number) => Receiver.Status(context, number <= 2 ? 500 : 200));
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));
        var alert = Alerts.Of("ops");
        var batch = _alerts.Batch(alert);

        Assert.Empty(Settle(deliverer, batch));
        // Not committed: the loop offers the same records again, in pieces or together with others.
        Assert.Empty(Settle(deliverer, batch));
        Assert.Empty(Settle(deliverer, batch with { Records = [.. batch.Records, .. _alerts.Batch(Alerts.Of()).Records] }));

        Assert.Equal(3, receiver.Requests.Count);
        Assert.Single(receiver.Requests.Select(static got => got.Id).Distinct());
        Assert.All(receiver.Requests, got => Assert.Equal(SignatureOf(got), got.Signature));
        Assert.All(receiver.Requests, got => Assert.Equal(receiver.Requests[0].Body, got.Body));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    public async Task Prepare_NeverTaken_IsADeadLetterAfterTheBound(int status)
    {
        await using var receiver = await Receiver.Start((context, _) => Receiver.Status(context, status));
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));
        var batch = _alerts.Batch(Alerts.Of("ops"));

        var dead = Assert.Single(Settle(deliverer, batch));
        Assert.Single(Settle(deliverer, batch));

        Assert.Equal(Alerts.Quick.MaxAttempts, receiver.Requests.Count);
        Assert.Equal((AlertingStep.Stage, DeadLetterReason.DeliveryFailed), (dead.Stage, dead.Reason));
        Assert.Equal($"webhook ops did not take the alert in 4 requests: status {status}", dead.Message);
        Assert.Equal(CheckStatus.Warning, deliverer.Check().Status);
        Assert.Contains($"status {status} (1 in a row)", deliverer.Check().Message);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(410)]
    public async Task Prepare_Refused_IsADeadLetterAtOnce(int status)
    {
        await using var receiver = await Receiver.Start((context, _) => Receiver.Status(context, status));
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));

        var dead = Assert.Single(Settle(deliverer, _alerts.Batch(Alerts.Of("ops"))));

        Assert.Single(receiver.Requests);
        Assert.Equal((DeadLetterReason.DeliveryRefused, $"webhook ops refuses the alert: status {status}"), (dead.Reason, dead.Message));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Prepare_Redirected_IsNotFollowed(int status)
    {
        await using var receiver = await Receiver.Start((context, _) =>
        {
            context.Response.Headers.Location = "/elsewhere";
            return Receiver.Status(context, status);
        });
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));

        var dead = Assert.Single(Settle(deliverer, _alerts.Batch(Alerts.Of("ops"))));

        Assert.Equal("/alerts", Assert.Single(receiver.Requests).Path);
        Assert.Equal(DeadLetterReason.DeliveryRefused, dead.Reason);
        Assert.Contains("redirects are not followed", dead.Message);
    }

    [Fact]
    public async Task Prepare_AskedToWait_WaitsAsLong()
    {
        await using var receiver = await Receiver.Start(static (context, number) =>
        {
            context.Response.Headers.RetryAfter = "1";
            return Receiver.Status(context, number == 1 ? 429 : 204);
        });
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));

        Assert.Empty(Settle(deliverer, _alerts.Batch(Alerts.Of("ops"))));

        Assert.InRange(receiver.Requests[1].At - receiver.Requests[0].At, TimeSpan.FromSeconds(0.95), TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Prepare_AskedToWaitBeyondTheBound_GivesUpAtOnce()
    {
        await using var receiver = await Receiver.Start(static (context, _) =>
        {
            context.Response.Headers.RetryAfter = DateTimeOffset.UtcNow.AddHours(1).ToString("R", CultureInfo.InvariantCulture);
            return Receiver.Status(context, 503);
        });
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));

        var dead = Assert.Single(Settle(deliverer, _alerts.Batch(Alerts.Of("ops"))));

        Assert.Single(receiver.Requests);
        Assert.Matches("^webhook ops did not take the alert in 1 request: status 503, asking for a wait of 3[56][0-9]{2} s$", dead.Message);
    }

    [Fact]
    public async Task Prepare_WithoutAnswer_IsRepeatedWithinTheBoundOfTime()
    {
        await using var receiver = await Receiver.Start(static (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)), new AlertingOptions
        {
            MaxAttempts = 20, Timeout = TimeSpan.FromMilliseconds(500), GiveUpAfter = TimeSpan.FromMilliseconds(2250),
            FirstRetryWait = TimeSpan.FromMilliseconds(1), MaxRetryWait = TimeSpan.FromMilliseconds(1),
        });

        var dead = Assert.Single(Settle(deliverer, _alerts.Batch(Alerts.Of("ops"))));

        // On a busy machine a request may be given up before the receiver has read it.
        Assert.InRange(receiver.Requests.Count, 0, 5);
        Assert.Matches("^webhook ops did not take the alert in [2-5] requests and 2.25 s: no answer within 0.5 s$", dead.Message);
    }

    [Fact]
    public async Task Prepare_NobodyListens_IsADeadLetterWithoutTheAddress()
    {
        var receiver = await Receiver.Start();
        await receiver.DisposeAsync();
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));

        var dead = Assert.Single(Settle(deliverer, _alerts.Batch(Alerts.Of("ops"))));

        Assert.Equal("webhook ops did not take the alert in 4 requests: no answer (ConnectionError)", dead.Message);
    }

    [Fact]
    public async Task Prepare_OneWebhookHangs_TheOthersAreCalledMeanwhile()
    {
        await using var other = await Receiver.Start();
        // Answers only once the other webhook has had all its alerts: in a queue of all deliveries that would never come.
        await using var hanging = await Receiver.Start(async (context, _) =>
        {
            while (other.Requests.Count < 10) await Task.Yield();
            await Receiver.Status(context, 503);
        });
        using var deliverer = Deliverer(Alerts.Webhooks(("hanging", hanging.Url), ("other", other.Url)));
        var alerts = Enumerable.Range(0, 10).Select(static _ => Alerts.Of("hanging", "other")).ToArray();

        var dead = Settle(deliverer, _alerts.Batch(alerts));

        Assert.Equal(10, dead.Count);
        Assert.All(dead, static one => Assert.Equal("webhook hanging did not take the alert in 4 requests: status 503", one.Message));
        Assert.Equal(alerts.Select(static alert => alert.AlertId.ToString()).Order(), other.Requests.Select(static got => got.Id).Order());
    }

    [Fact]
    public async Task Prepare_ManyAlerts_KeepsTheBoundOfRequestsAtOnce()
    {
        await using var receiver = await Receiver.Start(static async (context, _) =>
        {
            for (var i = 0; i < 100; i++) await Task.Yield();
            await Receiver.Status(context, 204);
        });
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)), new AlertingOptions { MaxRequestsPerWebhook = 3 });

        Assert.Empty(Settle(deliverer, _alerts.Batch([.. Enumerable.Range(0, 60).Select(static _ => Alerts.Of("ops"))])));

        Assert.Equal(60, receiver.Requests.Count);
        Assert.InRange(receiver.MostAtOnce, 1, 3);
    }

    [Fact]
    public async Task Prepare_WebhookNoLongerThere_IsADeadLetterAndTheOthersAreCalled()
    {
        await using var receiver = await Receiver.Start();
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));

        var dead = Assert.Single(Settle(deliverer, _alerts.Batch(Alerts.Of("gone", "ops"))));

        Assert.Single(receiver.Requests);
        Assert.Equal(DeadLetterReason.UnknownWebhook, dead.Reason);
        Assert.Contains("no webhook gone", dead.Message);
        Assert.Contains("no webhook gone", deliverer.Check().Message);
    }

    [Fact]
    public void Prepare_AlertWithoutWebhooks_JustMovesOn()
    {
        using var deliverer = Deliverer(BudgetSet.Empty);

        Assert.Empty(Settle(deliverer, _alerts.Batch(Alerts.Of())));
    }

    [Fact]
    public void Prepare_RecordThatIsNoAlert_IsADeadLetter()
    {
        using var deliverer = Deliverer(BudgetSet.Empty);

        var dead = Assert.Single(Settle(deliverer, _alerts.Batch(new byte[] { 7 })));

        Assert.Equal(DeadLetterReason.Malformed, dead.Reason);
    }

    [Fact]
    public async Task Prepare_StoppedInTheMiddle_LeavesTheBatchToBeOfferedAgain()
    {
        var arrived = new TaskCompletionSource();
        await using var receiver = await Receiver.Start((context, number) =>
        {
            arrived.TrySetResult();
            return number == 1 ? Task.Delay(Timeout.Infinite, context.RequestAborted) : Receiver.Status(context, 204);
        });
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));
        var batch = _alerts.Batch(Alerts.Of("ops"));
        using var stop = new CancellationTokenSource();

        var preparing = Task.Run(() => deliverer.Prepare(batch, stop.Token));
        await arrived.Task;
        await stop.CancelAsync();

        Assert.False(await preparing);
        Assert.Empty(Settle(deliverer, batch));
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public async Task Prepare_DeliveredAndKilledBeforeTheCommit_IsPostedAgainUnderItsId()
    {
        await using var receiver = await Receiver.Start();
        var batch = _alerts.Batch(Alerts.Of("ops"));
        using (var killed = Deliverer(Alerts.Webhooks(("ops", receiver.Url)))) Settle(killed, batch);

        using var again = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));
        Assert.Empty(Settle(again, batch));

        Assert.Equal(2, receiver.Requests.Count);
        Assert.Single(receiver.Requests.Select(static got => got.Id).Distinct());
    }

    [Fact]
    public async Task Check_DeliveredAgain_IsOk()
    {
        await using var receiver = await Receiver.Start(static (context, number) => Receiver.Status(context, number <= 2 ? 404 : 204));
        using var deliverer = Deliverer(Alerts.Webhooks(("ops", receiver.Url)));

        Settle(deliverer, _alerts.Batch(Alerts.Of("ops"), Alerts.Of("ops")));
        var warned = deliverer.Check();
        Settle(deliverer, _alerts.Batch(Alerts.Of("ops")));

        Assert.Contains("(2 in a row)", warned.Message);
        Assert.Equal(CheckResult.Ok, deliverer.Check());
    }

    /// <summary>Nothing of the alert, the secret or the address is in what the deliverer says.</summary>
    private IReadOnlyList<DeadLetter> Settle(AlertDeliverer deliverer, RecordBatch batch)
    {
        Assert.True(deliverer.Prepare(batch, CancellationToken.None));
        var effects = new StepEffects();
        deliverer.Step.Step(batch, effects);
        foreach (var said in effects.DeadLetters.Select(static dead => dead.Message).Append(deliverer.Check().Message).Concat(_logged.All))
            foreach (var kept in new[] { "canary", "hunter2", "127.0.0.1", "team-month" }) Assert.DoesNotContain(kept, said);
        Assert.Empty(effects.Records);
        return [.. effects.DeadLetters];
    }

    private AlertDeliverer Deliverer(BudgetSet budgets, AlertingOptions? options = null) =>
        new(_alerts.Catalog, budgets, options ?? Alerts.Quick, WebhookSender.CreateHandler(), TimeProvider.System, _logged);

    private static string SignatureOf(Received got)
    {
        var signed = Encoding.UTF8.GetBytes($"{got.Id}.{got.Timestamp.ToString(CultureInfo.InvariantCulture)}.").Concat(got.Body).ToArray();
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Alerts.Secret, signed))}";
    }
}
