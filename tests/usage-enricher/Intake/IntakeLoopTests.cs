using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Intake;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Intake;

/// <summary>Both import loops on the embedded log, as the service runs them.</summary>
public sealed class IntakeLoopTests : IDisposable
{
    private const int Partitions = 3;
    private const int QuietTurns = 4;

    private static readonly string[] Attributes =
    [
        "gen_ai.operation.name=stringValue:\"chat\"", "gen_ai.provider.name=stringValue:\"openai\"", "gen_ai.request.model=stringValue:\"gpt-4o\"",
        "gen_ai.usage.input_tokens=intValue:\"1000\"", "gen_ai.usage.output_tokens=intValue:\"250\"", "gen_ai.input.messages=stringValue:\"canary-prompt\"",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("intake-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_OfRecordsDeliveredAgain_LetsEachEventThroughOnce()
    {
        using (var log = Open())
        {
            Write(log, Foreign.OtoroshiTopic, Otoroshi(1), Otoroshi(2));
            Write(log, Foreign.OtelTopic, Foreign.Traces(Foreign.Span("00000000000000a1", "", Attributes), Foreign.Span("00000000000000a2", "", Attributes)));
            Run(log);
            Assert.Equal(4, Raw(log).Count);

            // The exporter sends again, to another partition, and a batch that holds one span anew.
            Write(log, Foreign.OtoroshiTopic, Otoroshi(2), Otoroshi(3), Otoroshi(3));
            Write(log, Foreign.OtelTopic, Foreign.Traces(Foreign.Span("00000000000000a2", "", Attributes), Foreign.Span("00000000000000a3", "", Attributes)));
            Run(log);
            Assert.Equal(6, Raw(log).Count);
        }

        // Started again: what was let through is read back from the topic itself.
        using (var log = Open())
        {
            Write(log, Foreign.OtoroshiTopic, Otoroshi(1), Otoroshi(2), Otoroshi(3), Otoroshi(4));
            Run(log);
            var raw = Raw(log);
            Assert.Equal(7, raw.Count);
            Assert.Equal(7, raw.Select(call => call.EventId).Distinct().Count());
            Assert.Equal([EventSource.Otoroshi, EventSource.Otel], raw.Select(call => call.Source).Distinct().Order());
        }
    }

    [Fact]
    public void Run_WithAdmissionInDoubt_ReadsBackWhatWasLetThrough()
    {
        using var log = Open();
        Write(log, Foreign.OtoroshiTopic, [.. Enumerable.Range(0, 40).Select(Otoroshi)]);
        Run(log);
        using var admit = new AdmitTransform(log, 1_000, new IntakeMetrics());
        Write(log, Foreign.OtoroshiTopic, [.. Enumerable.Range(20, 40).Select(Otoroshi)]);
        Run(log, admit: false);
        using (var loop = Loop(log, admit, AdmitTransform.Stage, Groups.Admit, [Topics.UsageImports]))
        {
            loop.Turn(default);
            // Another writer of the same id fences this one: its next transaction fails, and what it remembers is in doubt.
            using var other = log.OpenWriter($"{AdmitTransform.Stage}-test", out _);
            for (var turn = 0; turn < QuietTurns * 4; turn++) loop.Turn(default);
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(i => ForeignIds.EventId(EventSource.Otoroshi, $"{i}")).Order(), Raw(log).Select(call => call.EventId).Order());
    }

    [Fact]
    public void Run_OfWhatCannotBeRead_BuriesItWithoutItsBytes()
    {
        using var log = Open();
        Write(log, Foreign.OtoroshiTopic, "canary {\"audit\":", Otoroshi(1));
        Write(log, Foreign.OtelTopic, "{\"canary\":1}");
        Run(log);
        Assert.Single(Raw(log));
        foreach (var (topic, reason, value) in new[] { (Foreign.OtoroshiTopic, "malformed", "canary {\"audit\":"), (Foreign.OtelTopic, "invalid_record", "{\"canary\":1}") })
        {
            var dead = Assert.Single(TopicContents.Read(log, Topics.DeadLetter(topic)));
            Assert.Equal((0, 0), (dead.Key.Length, dead.Value.Length));
            var headers = dead.Headers.ToDictionary(header => header.Name, header => Encoding.UTF8.GetString(header.Value.Span));
            Assert.Equal((reason, topic, $"{value.Length}"), (headers[DeadLetterRecord.Reason], headers[DeadLetterRecord.Topic], headers[DeadLetterRecord.Bytes]));
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(value))), headers[DeadLetterRecord.Sha256]);
            Assert.DoesNotContain(headers, header => header.Value.Contains("canary") || header.Key == "h");
        }
    }

    /// <summary>The canaries of the hand-written records are prompts, replies, a secret, a provider's token and an error's words.</summary>
    [Fact]
    public void Run_OfRecordsWithContent_CarriesNoneOfItOn()
    {
        using var log = Open();
        Write(log, Foreign.OtoroshiTopic, Otoroshi(1), Otoroshi(2).Replace("\"error\":null", "\"error\":{\"exception\":\"canary-error\",\"type\":\"canary type\"}"), "canary");
        Write(log, Foreign.OtelTopic, Foreign.Traces(Foreign.Span("00000000000000a1", "", [.. Attributes, "error.type=stringValue:\"canary words of an error\""])));
        Run(log);
        Assert.Equal(3, Raw(log).Count);
        var topics = new[] { Topics.UsageImports, Topics.UsageRaw, Topics.DeadLetter(Foreign.OtoroshiTopic), Topics.DeadLetter(Foreign.OtelTopic), Topics.DeadLetter(Topics.UsageImports) };
        foreach (var record in topics.SelectMany(topic => TopicContents.Read(log, topic)))
        {
            byte[] all = [.. record.Key.Span, .. record.Value.Span, .. record.Headers.SelectMany(header => header.Value.ToArray())];
            Assert.DoesNotContain("canary", Encoding.Latin1.GetString(all));
        }
    }

    [Fact]
    public void Step_OfMoreEventsThanRemembered_ForgetsTheOldest()
    {
        var ids = new AdmittedIds(3);
        var all = Enumerable.Range(0, 4).Select(i => ForeignIds.EventId(EventSource.Otel, $"{i}")).ToArray();
        foreach (var id in all) Assert.True(ids.TryAdmit(id));
        ids.Commit();
        Assert.Equal(3, ids.Count);
        Assert.True(ids.TryAdmit(all[0]));
        ids.Void();
        Assert.All(all[1..], id => Assert.False(ids.TryAdmit(id)));
    }

    private static string Otoroshi(int id) =>
        Foreign.Otoroshi("openai", """{"prompt_tokens":1000,"generation_tokens":250,"reasoning_tokens":-1}""", $",\"@id\":\"{id}\"");

    private EmbeddedLog Open()
    {
        var opening = EmbeddedLog.Open(_folder, new EmbeddedLogOptions(), TimeProvider.System, NullLogger.Instance);
        Assert.Null(opening.Failure);
        Assert.Empty(opening.Log!.Provision([.. Topics.All(Partitions), .. IntakeService.TopicsOf(Foreign.Options, Partitions)])!);
        return opening.Log;
    }

    /// <summary>Each record to another partition.</summary>
    private static void Write(ILog log, string topic, params string[] records)
    {
        using var writer = log.OpenWriter($"exporter-{topic}", out _);
        var written = records.Select((json, i) => new NewRecord(topic, default, Encoding.UTF8.GetBytes(json), (i + records.Length) % Partitions, [new RecordHeader("h", "canary-header"u8.ToArray())]));
        Assert.Equal(TransactionOutcome.Committed, writer!.Execute(new LogTransaction([.. written], null)).Outcome);
    }

    private static void Run(ILog log, bool admit = true)
    {
        using var intake = new IntakeTransform(Foreign.Options, Calls.Schemas(), new IntakeMetrics());
        using (var loop = Loop(log, intake, IntakeTransform.Stage, Groups.Intake, Foreign.Options.Topics, holdsBytes: false)) Turn(loop);
        if (!admit) return;
        using var step = new AdmitTransform(log, 1_000, new IntakeMetrics());
        using (var loop = Loop(log, step, AdmitTransform.Stage, Groups.Admit, [Topics.UsageImports])) Turn(loop);
    }

    private static void Turn(TransformLoop loop)
    {
        for (var turn = 0; turn < QuietTurns; turn++) loop.Turn(default);
    }

    private static TransformLoop Loop(ILog log, ITransform step, string stage, string group, IReadOnlyList<string> topics, bool holdsBytes = true) => new(
        log, step, new TransformOptions(stage, group, topics, $"{stage}-test") { MaxWait = TimeSpan.Zero, DeadLettersHoldBytes = holdsBytes, FirstRetryWait = TimeSpan.Zero, MaxRetryWait = TimeSpan.Zero },
        null, TimeProvider.System, NullLogger.Instance);

    private static List<LLMUsageAudit> Raw(ILog log) => TopicContents.Read<LLMUsageAudit>(log, Topics.UsageRaw);
}
