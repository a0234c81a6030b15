using System.Diagnostics;
using System.Text.Json;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.AllInOne.Tests.Browser;

/// <summary>A headless browser that reads the page: Debian's chromium, driven by playwright-core.</summary>
internal static class Chromium
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>What the browser saw of the page, for each of the faults; "none" is the page as it is.</summary>
    /// <remarks>Skips the test where browser, node or driver are missing.</remarks>
    public static async Task<IReadOnlyList<SeenPage>> Read(Uri page, params string[] faults)
    {
        var start = new ProcessStartInfo(
            Find("node") ?? Skip("node is not installed"),
            [Path.Combine(AppContext.BaseDirectory, "node", "open-page.js"), Executable(), page.AbsoluteUri, .. faults])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Modules();
        using var node = Process.Start(start)!;
        try
        {
            var errors = node.StandardError.ReadToEndAsync();
            var lines = await node.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
            await node.WaitForExitAsync().WaitAsync(Limit);
            Assert.True(node.ExitCode == 0, await errors);
            return [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => new SeenPage(JsonDocument.Parse(line).RootElement))];
        }
        finally
        {
            if (!node.HasExited) node.Kill(entireProcessTree: true);
        }
    }

    private static string Executable() => Names.Select(Find).FirstOrDefault(static path => path is not null) ?? Skip($"none of {string.Join(", ", Names)} is installed");

    private static string Modules()
    {
        var modules = Environment.GetEnvironmentVariable("PIPELINE_NODE_MODULES") ?? Path.Combine(Repository.Root, "tests", "node", "node_modules");
        return Directory.Exists(Path.Combine(modules, "playwright-core")) ? modules : Skip("playwright-core is not installed: ./test installs it where node and npm are");
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string Skip(string why)
    {
        Assert.Skip(why);
        return why;
    }
}
