using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.Kibana.Lens;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Kibana.Tests;

/// <summary>The script that imports, beside a server that answers as Kibana's documentation says.</summary>
public sealed class ImportScriptTests
{
    private const string Available = """{"name":"kibana","status":{"overall":{"level":"available","summary":"All services and plugins are available"}}}""";
    private const string Starting = """{"name":"kibana","status":{"overall":{"level":"unavailable","summary":"starting"}}}""";
    private const string Success = """{"successCount":7,"success":true,"warnings":[],"successResults":[]}""";

    private static readonly string Folder = Path.Combine(Repository.Root, "infra", "kibana");

    [Fact]
    public async Task Import_OfTheFile_SendsItWholeAndReplaces()
    {
        await using var kibana = await StandIn.Start([Available], Success);
        var (exit, said) = await Run(kibana.Url, apiKey: "ZW5jb2RlZA==");
        Assert.True(exit == 0, said);
        var request = Assert.Single(kibana.Imports);
        Assert.Equal("/api/saved_objects/_import?overwrite=true", request.Path);
        Assert.NotEmpty(request.Xsrf);
        Assert.Equal("ApiKey ZW5jb2RlZA==", request.Authorization);
        Assert.Equal("dashboards.ndjson", request.FileName);
        Assert.Equal(ImportFile.Text(), request.Content);
    }

    [Fact]
    public async Task Import_RunTwice_SendsTheSameBoth()
    {
        await using var kibana = await StandIn.Start([Available], Success);
        Assert.Equal(0, (await Run(kibana.Url)).Exit);
        Assert.Equal(0, (await Run(kibana.Url)).Exit);
        Assert.Equal(2, kibana.Imports.Count);
        Assert.Single(kibana.Imports.Distinct());
    }

    [Fact]
    public async Task Import_WhileKibanaStarts_WaitsForIt()
    {
        await using var kibana = await StandIn.Start([Starting, Available], Success);
        Assert.Equal(0, (await Run(kibana.Url)).Exit);
        Assert.Single(kibana.Imports);
    }

    [Theory]
    [InlineData("""{"successCount":0,"success":false,"errors":[{"id":"llm-usage-costs","type":"dashboard","error":{"type":"missing_references"}}]}""")]
    [InlineData("""{"successCount":6,"success":true,"warnings":[]}""")]
    [InlineData("""{"successCount":70,"success":true,"warnings":[]}""")]
    [InlineData("")]
    public async Task Import_ThatKibanaDoesNotTakeWhole_Fails(string reply)
    {
        await using var kibana = await StandIn.Start([Available], reply);
        var (exit, said) = await Run(kibana.Url);
        Assert.Equal(1, exit);
        Assert.Contains("not all of 7 saved objects were taken", said);
    }

    [Fact]
    public async Task Import_WithoutKibana_GivesUp()
    {
        await using var kibana = await StandIn.Start([Starting], Success);
        var (exit, said) = await Run(kibana.Url, waitSeconds: 0);
        Assert.Equal(1, exit);
        Assert.Contains("is not available", said);
        Assert.Empty(kibana.Imports);
    }

    [Fact]
    public async Task Import_WithoutAnAddress_ShowsItsUsage()
    {
        var (exit, said) = await Run("");
        Assert.Equal(2, exit);
        Assert.Contains("Usage: infra/kibana/import KIBANA_URL", said);
    }

    private static async Task<(int Exit, string Said)> Run(string url, string? apiKey = null, int waitSeconds = 60)
    {
        if (!OperatingSystem.IsLinux()) Assert.Skip("the script needs a POSIX shell");
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(static folder => File.Exists(Path.Combine(folder, "curl")))) Assert.Skip("curl is missing");
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(Folder, "import"));
        if (url.Length > 0) start.ArgumentList.Add(url);
        start.Environment["KIBANA_WAIT_SECONDS"] = $"{waitSeconds}";
        var keyFile = Path.GetTempFileName();
        try
        {
            File.WriteAllText(keyFile, apiKey);
            if (apiKey is not null) start.Environment["KIBANA_API_KEY_FILE"] = keyFile;
            using var process = Process.Start(start)!;
            var said = new[] { process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync() };
            await process.WaitForExitAsync();
            return (process.ExitCode, string.Concat(await Task.WhenAll(said)));
        }
        finally
        {
            File.Delete(keyFile);
        }
    }

    private sealed record Import(string Path, string Xsrf, string Authorization, string? FileName, string Content);

    private sealed class StandIn(WebApplication app) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<Import> _imports = [];

        public string Url => app.Urls.Single();

        public IReadOnlyList<Import> Imports => [.. _imports];

        /// <param name="states">Answers to `/api/status`, one after the other; the last one stays.</param>
        public static async Task<StandIn> Start(IEnumerable<string> states, string reply)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var kibana = new StandIn(app);
            var waiting = new Queue<string>(states);
            app.MapGet("/api/status", () => Results.Text(waiting.Count > 1 ? waiting.Dequeue() : waiting.Peek(), "application/json"));
            app.MapPost("/api/saved_objects/_import", async request =>
            {
                await kibana.Keep(request.Request);
                await request.Response.WriteAsync(reply);
            });
            await app.StartAsync();
            return kibana;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private async Task Keep(HttpRequest request)
        {
            var file = (await request.ReadFormAsync()).Files["file"];
            using var content = new StreamReader(file?.OpenReadStream() ?? Stream.Null, Encoding.UTF8);
            var (path, xsrf) = ($"{request.Path}{request.QueryString}", $"{request.Headers["kbn-xsrf"]}");
            _imports.Enqueue(new Import(path, xsrf, $"{request.Headers.Authorization}", file?.FileName, await content.ReadToEndAsync()));
        }
    }
}
