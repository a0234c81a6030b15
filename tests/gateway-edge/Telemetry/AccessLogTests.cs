using System.Buffers;
using System.Text;
using System.Text.Json;
using Pipeline.GatewayEdge.Telemetry;
using Pipeline.GatewayEdge.Tests.Forwarding;
using Xunit;
using static Pipeline.GatewayEdge.Tests.Forwarding.WireSamples;

namespace Pipeline.GatewayEdge.Tests.Telemetry;

public sealed class AccessLogTests
{
    private static readonly string[] Fields =
    [
        "completion_tokens", "http_method", "path", "prompt_tokens", "rate_limited_tokens", "request_id", "response_code", "streaming", "system_time",
        "target_duration", "team", "total_tokens", "upstream_name", "user",
    ];

    [Fact]
    public void Line_HasExactlyItsFields_AndNoQuery()
    {
        var line = Write(new AccessLogEntry(SampleAudits.One(), "POST", "/up/v1/chat/completions?key=secret", 200, "up", DateTimeOffset.UnixEpoch));

        Assert.Equal(
            """{"completion_tokens":2,"http_method":"POST","path":"/up/v1/chat/completions","prompt_tokens":9,"rate_limited_tokens":9,"request_id":"req-1","response_code":200,"streaming":true,"system_time":"2026-11-21T10:00:00.000Z","target_duration":1234,"team":"search","total_tokens":11,"upstream_name":"up","user":"ann"}""" + "\n",
            line);
    }

    [Fact]
    public void Line_WithoutAnAttempt_HasTheSameFieldsWithNulls()
    {
        using var line = JsonDocument.Parse(Write(new AccessLogEntry(null, "GET", "/" + new string('a', 1_000), 404, null, DateTimeOffset.UnixEpoch)));

        Assert.Equal(Fields, line.RootElement.EnumerateObject().Select(static field => field.Name));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null, 404), (Of("prompt_tokens").ValueKind, Of("upstream_name").ValueKind, Of("response_code").GetInt32()));
        Assert.Equal(AccessLogEntry.MaxPathChars, Of("path").GetString()!.Length);

        JsonElement Of(string name) => line.RootElement.GetProperty(name);
    }

    [Theory]
    [InlineData("/up/llmvk-0123456789/v1/chat", "/")]
    [InlineData("/llmvk-0123456789", "/")]
    [InlineData("/up/%6Clmvk-0123456789", "/")]
    [InlineData("/up/about-llmvk-keys", "/up/about-llmvk-keys")]
    public void Path_WithAVirtualKeyInIt_IsNotTold(string target, string expected)
    {
        using var line = JsonDocument.Parse(Write(new AccessLogEntry(null, "GET", target, 401, "up", DateTimeOffset.UnixEpoch)));

        Assert.Equal(expected, line.RootElement.GetProperty("path").GetString());
    }

    [Fact]
    public async Task SlowTarget_HoldsNobody_DropsAreCounted()
    {
        using var target = new HeldStream();
        var log = new AccessLog(new AccessLogOptions { Target = AccessLogTarget.Stdout, MaxQueued = 10 }, () => target);
        log.Start();
        log.Add(Entry());
        await target.Reached.Task.WaitAsync(RawCaller.Patience);

        for (var i = 0; i < 100; i++) log.Add(Entry());
        Assert.Equal(90, log.DroppedLines);

        target.GoOn.SetResult();
        await log.StopAsync(RawCaller.Patience, TimeProvider.System);
        Assert.Equal(11, target.Text.Count(static character => character == '\n'));
    }

    [Fact]
    public async Task BrokenTarget_CountsItsLines_AndIsOpenedAgain()
    {
        using var good = new MemoryStream();
        using var bad = new HeldStream { IsBroken = true };
        var opened = 0;
        var log = new AccessLog(new AccessLogOptions { Target = AccessLogTarget.Stdout }, () => opened++ == 0 ? bad : good);
        log.Add(Entry());
        log.Start();
        await bad.Reached.Task.WaitAsync(RawCaller.Patience);
        while (log.DroppedLines == 0) await Task.Yield();
        log.Add(Entry());
        await log.StopAsync(RawCaller.Patience, TimeProvider.System);

        Assert.Equal((1, 2, 1), (log.DroppedLines, opened, Encoding.UTF8.GetString(good.ToArray()).Count(static character => character == '\n')));
    }

    [Fact]
    public async Task Calls_EachHasItsLine_AlsoRefusedOnes()
    {
        var folder = Directory.CreateTempSubdirectory("access-log-");
        try
        {
            var path = Path.Combine(folder.FullName, "access.log");
            await using var upstream = ScriptedUpstream.Answering(PlainReply);
            await using (var gateway = await TestGateway.StartAsync(
                new UpstreamOptions { BaseAddress = upstream.Address, Api = "openai" }, new GatewayOptions { AccessLog = new AccessLogOptions { Target = AccessLogTarget.File, Path = path } }))
            {
                using var caller = await RawCaller.ConnectAsync(gateway);
                await caller.CallAsync(RawCaller.Post(ChatTarget + "?api-key=sk-secret", PlainRequest, "x-llm-team: search", "x-request-id: r1"));
                await caller.CallAsync(RawCaller.Get("/nowhere/v1/models"));
                await gateway.InFlightAsync(0);
            }

            var lines = File.ReadAllLines(path).Select(static line => JsonDocument.Parse(line).RootElement).ToList();
            Assert.Equal(
                [("r1", 200, "up", "search", 9), (null, 404, null, null, -1)],
                lines.Select(static line => (
                    line.GetProperty("request_id").GetString(), line.GetProperty("response_code").GetInt32(), line.GetProperty("upstream_name").GetString(),
                    line.GetProperty("team").GetString(), line.GetProperty("prompt_tokens") is { ValueKind: JsonValueKind.Number } tokens ? tokens.GetInt32() : -1)));
            Assert.DoesNotContain("sk-secret", File.ReadAllText(path));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static AccessLogEntry Entry() => new(SampleAudits.One(), "POST", "/up/x", 200, "up", DateTimeOffset.UnixEpoch);

    private static string Write(AccessLogEntry entry)
    {
        var output = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(output);
        entry.Write(output, json);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Takes nothing until it is told to, or breaks.</summary>
    private sealed class HeldStream : MemoryStream
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsBroken { get; init; }

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reached.TrySetResult();
            if (IsBroken) throw new IOException("no room");
            await GoOn.Task;
            Write(buffer.Span);
        }
    }
}
