using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.EndToEnd.Clients;

/// <summary>
/// The npm clients of OpenAI and Anthropic, unmodified: what they hand to the application through the gateway is what they hand to
/// it without, replies, errors, retries, broken streams and hang-ups alike.
/// </summary>
public sealed class NodeClientsTests
{
    private const string DirectRun = "direct", ForwardedRun = "gateway";
    private static readonly TimeSpan ScriptLimit = TimeSpan.FromSeconds(90);

    /// <summary>What each scenario must leave behind: outcome, status, error type, source of the usage; one for each attempt.</summary>
    private static readonly Dictionary<string, string[]> Expected = new()
    {
        ["openai-plain"] = ["ok 200 - provider"],
        ["openai-gzip"] = ["ok 200 - provider"],
        ["openai-stream"] = ["ok 200 - provider"],
        ["openai-stream-usage"] = ["ok 200 - provider"],
        ["openai-stream-runner"] = ["ok 200 - provider"],
        ["openai-responses"] = ["ok 200 - provider"],
        ["openai-responses-stream"] = ["ok 200 - provider"],
        ["openai-embeddings"] = ["ok 200 - provider"],
        ["openai-models"] = ["ok 200 - none"],
        ["openai-upload"] = ["ok 200 - provider"],
        ["openai-400"] = ["upstream_error 400 invalid_request_error none"],
        ["openai-401"] = ["upstream_error 401 invalid_request_error none"],
        ["openai-429-then-ok"] = ["rate_limited 429 requests none", "rate_limited 429 requests none", "ok 200 - provider"],
        ["openai-429"] = ["rate_limited 429 requests none", "rate_limited 429 requests none", "rate_limited 429 requests none"],
        ["openai-500"] = ["upstream_error 500 server_error none", "upstream_error 500 server_error none"],
        ["openai-stream-error"] = ["upstream_error 200 server_error none"],
        ["openai-stream-cut"] = ["upstream_error 200 connection_reset none"],
        ["openai-abort"] = ["client_cancelled 200 - provider"],
        ["openai-abort-hasty"] = ["client_cancelled 200 drain_bound none"],
        ["openai-timeout-hasty"] = ["client_cancelled - drain_bound none"],
        ["anthropic-plain"] = ["ok 200 - provider"],
        ["anthropic-stream"] = ["ok 200 - provider"],
        ["anthropic-stream-runner"] = ["ok 200 - provider"],
        ["anthropic-count"] = ["ok 200 - none"],
        ["anthropic-400"] = ["upstream_error 400 invalid_request_error none"],
        ["anthropic-401"] = ["upstream_error 401 authentication_error none"],
        ["anthropic-429-then-ok"] = ["rate_limited 429 rate_limit_error none", "rate_limited 429 rate_limit_error none", "ok 200 - provider"],
        ["anthropic-429"] = ["rate_limited 429 rate_limit_error none", "rate_limited 429 rate_limit_error none", "rate_limited 429 rate_limit_error none"],
        ["anthropic-500"] = ["upstream_error 500 api_error none", "upstream_error 500 api_error none"],
        ["anthropic-stream-error"] = ["upstream_error 200 overloaded_error partial"],
        ["anthropic-stream-cut"] = ["upstream_error 200 connection_reset partial"],
        ["anthropic-abort"] = ["client_cancelled 200 - provider"],
    };

    [Fact]
    public async Task Clients_ThroughTheGateway_HandOverWhatTheyHandOverWithoutIt()
    {
        var modules = NodeModules.With("openai", "@anthropic-ai/sdk");
        await using var providers = ScriptedProviders.Start();
        await using var running = await RunningAllInOne.StartAsync(
            ("Gateway__Upstreams__openai__BaseAddress", providers.Address),
            ("Gateway__Upstreams__hasty__BaseAddress", providers.Address), ("Gateway__Upstreams__hasty__Api", "openai"),
            ("Gateway__Upstreams__hasty__InjectUsage", "true"), ("Gateway__Upstreams__hasty__DrainTimeout", "00:00:00"),
            ("Gateway__Upstreams__anthropic__BaseAddress", providers.Address));

        var direct = CallAsync(modules, [providers.Address + "/v1", providers.Address + "/v1", providers.Address, DirectRun]);
        var forwarded = await CallAsync(modules, [running.Gateway + "/openai/v1", running.Gateway + "/hasty/v1", running.Gateway + "/anthropic", ForwardedRun]);

        Assert.Equal(Expected.Keys, forwarded.Keys);
        foreach (var (scenario, result) in await direct)
            Assert.True(JsonNode.DeepEquals(result, forwarded[scenario]), $"{scenario}\ndirect:  {result.ToJsonString()}\ngateway: {forwarded[scenario].ToJsonString()}");
        Assert.All(Expected.Keys, scenario => Assert.Equal(providers.Tries(scenario, DirectRun), providers.Tries(scenario, ForwardedRun)));
        Assert.Empty(providers.Violations);

        // A caller that left: where nothing is drained the provider's connection closes at once, else the reply is read to its end.
        foreach (var left in new[] { "openai-abort-hasty", "openai-timeout-hasty" })
            await Until.TrueAsync(() => Task.FromResult(providers.Closed.ContainsKey($"{left}/{ForwardedRun}")), ScriptLimit, () => left + " is still open upstream");
        Assert.DoesNotContain($"openai-abort/{ForwardedRun}", providers.Closed.Keys);
        await Until.TrueAsync(() => IsAsync(running, "pipeline_gateway_drains_in_flight 2"), ScriptLimit, () => running.Process.Output);
        providers.FinishHeld();
        await Until.TrueAsync(() => IsAsync(running, "pipeline_gateway_drains_in_flight 0"), ScriptLimit, () => running.Process.Output);
        var calls = Expected.Values.Sum(static attempts => attempts.Length);
        await Until.TrueAsync(async () => (await running.Client.GetStringAsync(running.Pages + "/usage")).Contains("groups") && await IsAsync(running, "pipeline_gateway_calls_in_flight 0"), ScriptLimit, () => running.Process.Output);
        Assert.Equal(0, await running.Process.StopAsync());

        CheckEvents(running.Topics.RawOfAnyone(), calls);
    }

    private static void CheckEvents(IReadOnlyList<LLMUsageAudit> events, int calls)
    {
        var found = events.GroupBy(static e => e.Attribution.Feature!).ToDictionary(static g => g.Key, static g => g.OrderBy(static e => e.StartedAt).ToList());
        Assert.All(Expected, one => Assert.True(one.Value.SequenceEqual(found[one.Key].Select(Told)), $"{one.Key}: {string.Join(", ", found[one.Key].Select(Told))}"));
        Assert.Equal(calls, events.Count);
        // The clients count their own tries, and the events take that count.
        Assert.All(found.Values, static attempts => Assert.Equal(Enumerable.Range(1, attempts.Count), attempts.Select(static e => e.Attempt)));
        Assert.All(events.Where(static e => e.UsageSource == UsageSource.Provider && e.Operation != "embeddings" && e.Quantities.Count == 0),
            static e => Assert.Equal((19L, 7L), (e.Usage!.InputTotal!.Value, e.Usage.OutputTotal!.Value)));
    }

    private static string Told(LLMUsageAudit e) => $"{e.Outcome.Symbol()} {e.StatusCode?.ToString() ?? "-"} {e.ErrorType ?? "-"} {e.UsageSource.Symbol()}";

    private static async Task<bool> IsAsync(RunningAllInOne running, string line) =>
        (await running.Client.GetStringAsync(running.Pages + "/metrics")).Split('\n').Contains(line);

    private static async Task<Dictionary<string, JsonNode>> CallAsync(string modules, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "node", "call-providers.js"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = modules;
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync();
        var lines = await node.StandardOutput.ReadToEndAsync().WaitAsync(ScriptLimit);
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, await errors);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)
            .ToDictionary(static line => line["scenario"]!.GetValue<string>());
    }
}
