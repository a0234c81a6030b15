using System.Diagnostics;
using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.EndToEnd.Privacy;

/// <summary>
/// What callers and providers say is nowhere to be found: in no topic, index, schema, log line, metric or trace, and not in the spool. The
/// same search does find what an allow-listed tag says, so that it can be trusted.
/// </summary>
public sealed class CanaryTests(RealServers servers) : IClassFixture<RealServers>
{
    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(90);

    private readonly Canaries _canaries = new();
    private readonly List<string> _findings = [];

    [Fact]
    public Task Canaries_InEverythingThatCallersAndProvidersSay_AreFoundNowhere() => SearchAsync([], null);

    /// <summary>Switched on for one upstream: its prompts and replies are in the one topic, redacted, and everywhere else is as before.</summary>
    [Fact]
    public Task Canaries_WithContentCaptured_AreOnlyInItsTopic_AndRedacted() => SearchAsync(
        new Dictionary<string, string> { ["Gateway__Content__Tenants__0"] = "*", ["Gateway__Upstreams__openai__CaptureContent"] = "true" }, "openai");

    /// <param name="captured">The upstream whose content is captured; null = none.</param>
    private async Task SearchAsync(Dictionary<string, string> more, string? captured)
    {
        await using var provider = TalkativeProvider.Start(_canaries);
        await using var telemetry = TelemetryReceiver.Start();
        var dead = $"http://127.0.0.1:{FreePorts.One()}/{_canaries.Token}";
        await using var pipeline = await RunningPipeline.StartAsync(servers.Addresses, new Dictionary<string, string>(more)
        {
            ["Telemetry__LogLevel"] = "Trace",
            ["Telemetry__OtlpEndpoint"] = telemetry.Address,
            ["Telemetry__OtlpInterval"] = "00:00:01",
            ["Gateway__AllowedTags__0"] = CanaryCalls.AllowedTag,
            ["Gateway__Upstreams__openai__BaseAddress"] = provider.Address,
            ["Gateway__Upstreams__anthropic__BaseAddress"] = provider.Address,
            ["Gateway__Upstreams__google__BaseAddress"] = provider.Address,
            ["Gateway__Upstreams__nobody__BaseAddress"] = dead,
            ["Gateway__Upstreams__nobody__Api"] = "openai",
        });

        var events = await new CanaryCalls(pipeline, _canaries).MakeAsync();
        using var documents = new Documents(pipeline.Servers.Elasticsearch, pipeline.RunId);
        await Until.TrueAsync(async () => await documents.CountAsync() >= events, ArrivalLimit, () => $"{documents.CountAsync().Result} of {events} documents\n{pipeline.Account}");

        if (captured is not null) await Until.TrueAsync(() => Task.FromResult(Contents(pipeline.Topics).Count > 0), ArrivalLimit, () => "no content");
        SearchTopics(pipeline.Topics, captured is not null);
        if (captured is not null) AssertContents(Contents(pipeline.Topics), captured);
        await SearchServersAsync(pipeline);
        SearchSpool(pipeline);
        await SearchMetricsAsync(pipeline, telemetry);
        await SearchImportsAsync();
        // Last, because all that was asked of the services may have made them speak.
        foreach (var service in pipeline.Services) Assert.Equal(0, await service.StopAsync());
        Search("logs", pipeline.Output);
        Assert.All(pipeline.Services, service => Assert.Contains("ServiceStarted", service.Output));
        Assert.True(_findings.Count == 0, string.Join('\n', _findings.Distinct()));
    }

    /// <summary>The records of this run's calls: each prompt has its prose.</summary>
    private List<CallContent> Contents(TopicContents topics) =>
        [.. topics.Read<CallContent>(Topics.Content).Where(content => _canaries.In(content.Prompt + content.Reply).Contains("prose"))];

    private static void AssertContents(List<CallContent> contents, string upstream)
    {
        Assert.All(contents, content => Assert.Equal(upstream, content.Upstream));
        Assert.Contains(contents, static content => content.Prompt?.Contains("[email] with [key]", StringComparison.Ordinal) == true);
        Assert.Contains(contents, static content => content.Reply?.Contains("[email] with [key]", StringComparison.Ordinal) == true);
        Assert.All(contents, static content => Assert.True(content.Redactions > 0));
    }

    private void SearchTopics(TopicContents topics, bool isCaptured)
    {
        var hasControl = new List<string>();
        foreach (var topic in Topics.All())
        {
            foreach (var record in topics.Read(topic.Name))
            {
                var bytes = record.Key.ToArray().Concat(record.Value.ToArray()).ToList();
                foreach (var header in record.Headers) bytes.AddRange([.. Encoding.UTF8.GetBytes(header.Name), .. header.Value.ToArray()]);
                var all = bytes.ToArray();
                if (!isCaptured || topic.Name != Topics.Content) Search(topic.Name, all);
                else if (_canaries.In(all).Contains(Canaries.Secret)) _findings.Add($"{topic.Name}: a secret is there");
                if (_canaries.HasControl(all)) hasControl.Add(topic.Name);
            }
        }

        Assert.Equal([Topics.Usage, Topics.UsageRaw], hasControl.Distinct().Order());
    }

    private async Task SearchServersAsync(RunningPipeline pipeline)
    {
        var client = pipeline.Client;
        var cluster = pipeline.Servers.Elasticsearch;
        var index = await client.GetByteArrayAsync($"{cluster}/llm-usage*/_search?size=10000&q=llm.attribution.tenant:{pipeline.RunId}");
        Assert.True(_canaries.HasControl(index));
        Search("documents", index);
        foreach (var page in new[] { "_mapping", "_settings", "_alias", "_index_template", "_component_template" })
            Search("Elasticsearch " + page, await client.GetByteArrayAsync($"{cluster}/{page}"));

        var subjects = await client.GetStringAsync(pipeline.Servers.Registry + "/subjects");
        Search("registry", subjects);
        foreach (var subject in System.Text.Json.JsonSerializer.Deserialize<string[]>(subjects)!)
            Search("registry", await client.GetByteArrayAsync($"{pipeline.Servers.Registry}/subjects/{Uri.EscapeDataString(subject)}/versions/latest"));
        Assert.Contains(Topics.UsageRaw, subjects);
    }

    private void SearchSpool(RunningPipeline pipeline)
    {
        var files = Directory.EnumerateFiles(pipeline.SpoolFolder, "*", SearchOption.AllDirectories).Where(static file => Path.GetFileName(file) != "lock")
            .Select(static file => (Name: Path.GetFileName(file), Bytes: File.ReadAllBytes(file))).ToList();
        Assert.Contains(files, file => _canaries.HasControl(file.Bytes));
        foreach (var (name, bytes) in files) Search("spool " + name, bytes);
    }

    private async Task SearchMetricsAsync(RunningPipeline pipeline, TelemetryReceiver telemetry)
    {
        foreach (var service in pipeline.Services)
        {
            var metrics = await pipeline.Client.GetStringAsync(service.AdminAddress + "/metrics");
            Assert.Contains("pipeline_", metrics);
            Search("metrics", metrics);
            Search("readiness", await pipeline.Client.GetStringAsync(service.AdminAddress + "/readyz"));
        }

        await Until.TrueAsync(() => Task.FromResult(Names("usage-enricher") && Names("gateway-edge") && Names("es-sink") && Names("budget-watcher")), ArrivalLimit, () => "not all services sent telemetry");
        foreach (var (path, body) in telemetry.Received) Search("telemetry " + path, body);

        bool Names(string service) => telemetry.Received.Any(one => one.Body.AsSpan().IndexOf(Encoding.UTF8.GetBytes(service)) >= 0);
    }

    /// <summary>Files and rows that cannot be read are refused with words that hold nothing of them.</summary>
    private async Task SearchImportsAsync()
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-e2e-");
        try
        {
            foreach (var (name, text) in BrokenInput.Catalogues(_canaries))
            {
                var (from, units) = (Path.Combine(folder.FullName, "data.json"), Path.Combine(folder.FullName, "units.json"));
                File.WriteAllText(from, text.Data);
                File.WriteAllText(units, text.Units);
                Search($"catalogue import, {name}", await RunAsync("", "catalogue", "import", "--from", from, "--units", units, "--out", Path.Combine(folder.FullName, "out")));
            }

            foreach (var row in BrokenInput.Rows(_canaries))
            {
                Search("price " + row.Name, await RunAsync(row.Text, "price"));
                Search("impact " + row.Name, await RunAsync(row.Text, "impact"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> RunAsync(string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Repository.Program("usage-enricher"), arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var said = await process.StandardOutput.ReadToEndAsync() + await errors;
        await process.WaitForExitAsync();
        Assert.NotEqual("", said);
        return said;
    }

    private void Search(string where, string text) => Search(where, Encoding.UTF8.GetBytes(text));

    private void Search(string where, ReadOnlyMemory<byte> bytes) =>
        _findings.AddRange(_canaries.In(bytes).Select(what => $"{where}: the {what} canary is there: {Around(bytes.Span)}"));

    private string Around(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var at = text.IndexOf(_canaries.Prose[10..30], StringComparison.Ordinal);
        if (at < 0) at = text.IndexOf(_canaries.Token, StringComparison.Ordinal);
        return at < 0 ? "" : text[Math.Max(0, at - 150)..Math.Min(text.Length, at + 60)].ReplaceLineEndings(" ");
    }
}
