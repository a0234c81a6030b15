using System.Net;
using System.Text.Json;
using Pipeline.Runtime.Hosting;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Runtime.Tests.Hosting;

public sealed class ServiceHostTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();
    private readonly HttpClient _http = new();
    private readonly int _port = FreePorts.One();

    public void Dispose()
    {
        _http.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Fact]
    public async Task Probes_RunningService_AnswerReadinessWithReasons()
    {
        var service = Start();
        var isUp = false;
        service.Health.Check("log", () => isUp ? CheckResult.Ok : CheckResult.NotReady("the log is away; start the brokers"));
        service.Health.Check("topics", () => CheckResult.Warning("topic llm-usage has replication 1"));
        service.Thread("move", DrainStage.Move, static stop => stop.WaitHandle.WaitOne());
        var running = service.RunAsync();

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await Get("/healthz"));
        var (status, body) = await Get("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        using (var json = JsonDocument.Parse(body))
        {
            Assert.False(json.RootElement.GetProperty("ready").GetBoolean());
            Assert.Equal("the log is away; start the brokers", json.RootElement.GetProperty("checks")[0].GetProperty("message").GetString());
        }

        isUp = true;
        (status, body) = await Get("/readyz");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("\"status\":\"warning\"", body);

        service.RequestStop();
        Assert.Equal(0, await running.WaitAsync(Patience));
    }

    [Fact]
    public async Task Drain_StagesStopInOrder_ExitCode0()
    {
        var service = Start();
        var ended = new List<string>();
        service.Thread("ship", DrainStage.Ship, stop => End("ship", stop));
        service.Thread("move", DrainStage.Move, stop => End("move", stop));
        service.Task("accept", DrainStage.Accept, async stop =>
        {
            await Task.Delay(Timeout.Infinite, stop).ContinueWith(static _ => { }, TaskScheduler.Default);
            lock (ended) ended.Add("accept");
        });
        var running = service.RunAsync();
        await Get("/healthz");

        service.RequestStop();

        Assert.Equal(0, await running.WaitAsync(Patience));
        Assert.Equal(["accept", "move", "ship"], ended);

        void End(string name, CancellationToken stop)
        {
            stop.WaitHandle.WaitOne();
            lock (ended) ended.Add(name);
        }
    }

    [Fact]
    public async Task Drain_LoopDoesNotEnd_ExitCode1WithinTheBound()
    {
        using var never = new ManualResetEventSlim();
        var service = Start("--Shutdown:DrainTimeout", "200ms");
        service.Thread("stuck", DrainStage.Move, _ => never.Wait(CancellationToken.None));
        var running = service.RunAsync();
        await Get("/healthz");

        service.RequestStop();

        Assert.Equal(1, await running.WaitAsync(Patience));
        never.Set();
    }

    [Fact]
    public async Task LoopDies_ProcessStopsWith1AfterTheOthersDrained()
    {
        var hasDrained = false;
        var service = Start();
        service.Thread("dying", DrainStage.Move, static _ => throw new InvalidOperationException("defect"));
        service.Thread("ship", DrainStage.Ship, stop => hasDrained = stop.WaitHandle.WaitOne());

        Assert.Equal(1, await service.RunAsync().WaitAsync(Patience));
        Assert.True(hasDrained);
    }

    [Fact]
    public async Task Fail_StopsWith1()
    {
        var service = Start();
        service.Thread("check", DrainStage.Move, stop =>
        {
            service.Fail("the registry is another one; point Registry:Url back");
            stop.WaitHandle.WaitOne();
        });

        Assert.Equal(1, await service.RunAsync().WaitAsync(Patience));
    }

    [Fact]
    public async Task AdminPortTaken_ExitCode1()
    {
        var first = Start();
        var running = first.RunAsync();
        await Get("/healthz");

        Assert.Equal(1, await Start().RunAsync().WaitAsync(Patience));

        first.RequestStop();
        Assert.Equal(0, await running.WaitAsync(Patience));
    }

    private ServiceHost Start(params string[] args)
    {
        var service = TestService.Create(["--Telemetry:LogLevel", "none", .. args], _output, _errors, adminPort: _port);
        Assert.False(service.EndsHere(out _), _errors.ToString());
        return service;
    }

    /// <summary>The server may not listen yet: asked again until it answers.</summary>
    private async Task<(HttpStatusCode Status, string Body)> Get(string path)
    {
        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            try
            {
                using var reply = await _http.GetAsync($"http://127.0.0.1:{_port}{path}");
                return (reply.StatusCode, await reply.Content.ReadAsStringAsync());
            }
            catch (HttpRequestException) when (DateTime.UtcNow < until)
            {
                await Task.Yield();
            }
        }
    }
}
