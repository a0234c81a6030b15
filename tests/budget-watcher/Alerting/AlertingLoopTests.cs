using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

/// <summary>The alerter's loop on an embedded log, with a receiver that is a real HTTP server.</summary>
public sealed class AlertingLoopTests : IDisposable
{
    private const int Partitions = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;
    private readonly Alerts _alerts = new();

    public void Dispose()
    {
        _alerts.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Run_StoppedAndStartedAgain_PostsEveryAlertOnce()
    {
        await using var receiver = await Receiver.Start();
        var first = Append(20);
        RunUntil(receiver, () => receiver.Requests.Count >= first.Count);
        var second = Append(10);
        RunUntil(receiver, () => receiver.Requests.Count >= first.Count + second.Count);

        Assert.Equal(first.Concat(second).Order(), receiver.Requests.Select(static got => got.Id).Order());
        Assert.Empty(DeadLetters());
    }

    [Fact]
    public async Task Run_WebhookDown_DeadLettersItsAlertsWithPositionsAndGoesOn()
    {
        await using var down = await Receiver.Start(static (context, _) => Receiver.Status(context, 503));
        var dead = Append(3);
        RunUntil(down, () => DeadLetterCount(down) >= dead.Count);

        await using var up = await Receiver.Start();
        var alive = Append(2);
        RunUntil(up, () => up.Requests.Count >= alive.Count);

        Assert.Equal(dead.Order(), DeadLetters().Select(static record => Encoding.UTF8.GetString(record.Key.Span)).Order());
        Assert.All(DeadLetters(), static record =>
        {
            var headers = record.Headers.ToDictionary(static header => header.Name, static header => Encoding.UTF8.GetString(header.Value.Span));
            Assert.Equal("delivery_failed", headers[DeadLetterRecord.Reason]);
            Assert.Equal("webhook ops did not take the alert in 4 requests: status 503", headers[DeadLetterRecord.Message]);
            Assert.Equal((AlertingStep.Stage, Topics.BudgetAlerts), (headers[DeadLetterRecord.Stage], headers[DeadLetterRecord.Topic]));
        });
        Assert.Equal(alive.Order(), up.Requests.Select(static got => got.Id).Order());
    }

    private static int DeadLetterCount(Receiver down) =>
        down.Requests.GroupBy(static got => got.Id).Count(static tries => tries.Count() >= Alerts.Quick.MaxAttempts);

    /// <summary>Turns the loop until the condition holds, then until nothing is left.</summary>
    private void RunUntil(Receiver receiver, Func<bool> isEnough)
    {
        using var log = OpenLog();
        using var deliverer = new AlertDeliverer(
            _alerts.Catalog, Alerts.Webhooks(("ops", receiver.Url)), Alerts.Quick, WebhookSender.CreateHandler(), TimeProvider.System, NullLogger.Instance);
        using var loop = new TransformLoop(
            log, deliverer.Step, new TransformOptions(AlertingStep.Stage, Groups.Alerter, [Topics.BudgetAlerts], "alerter-test") { MaxBatchRecords = 7, MaxWait = TimeSpan.FromMilliseconds(20) },
            deliverer.Prepare, TimeProvider.System, NullLogger.Instance);
        while (!isEnough() || Behind(log) > 0) Assert.Equal(TimeSpan.Zero, loop.Turn(CancellationToken.None));
    }

    private static long Behind(EmbeddedLog log) => Enumerable.Range(0, Partitions).Select(static i => new TopicPartition(Topics.BudgetAlerts, i))
        .Sum(partition => log.ReadBounds(partition)!.Value.End - log.ReadPosition(Groups.Alerter, partition).Next!.Value);

    private List<string> Append(int count)
    {
        using var log = OpenLog();
        using var writer = log.OpenWriter("alerts-test", out _)!;
        var alerts = Enumerable.Range(0, count).Select(static _ => Alerts.Of("ops")).ToList();
        Assert.Equal(TransactionResult.Committed, writer.Execute(new LogTransaction([.. alerts.Select(_alerts.Record)], null)));
        return [.. alerts.Select(static alert => alert.AlertId.ToString())];
    }

    private List<LogRecord> DeadLetters()
    {
        using var log = OpenLog();
        using var cursor = log.OpenCursor(Enumerable.Range(0, Partitions).ToDictionary(static i => new TopicPartition(Topics.DeadLetter(Topics.BudgetAlerts), i), static _ => 0L));
        var records = new List<LogRecord>();
        while (cursor.Read(100, 1 << 20, TimeSpan.FromMilliseconds(50), CancellationToken.None) is { IsEmpty: false } batch) records.AddRange(batch.Records);
        return records;
    }

    private EmbeddedLog OpenLog()
    {
        var opening = EmbeddedLog.Open(_folder, new EmbeddedLogOptions(), TimeProvider.System, NullLogger.Instance);
        Assert.Empty(opening.Log!.Provision(Topics.All(Partitions))!);
        return opening.Log;
    }
}
