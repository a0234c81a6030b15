using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Pipeline.Schemas.Tests.Interop;

/// <summary>A node process with avsc, an Avro implementation that is not ours. Skips the test where either is missing.</summary>
internal sealed class Avsc : IDisposable
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);
    private readonly Process _node;

    private Avsc(Process node) => _node = node;

    public static Avsc StartOrSkip()
    {
        var tests = Path.GetFullPath(Path.Combine(SourceFolder(), "../.."));
        var modules = Environment.GetEnvironmentVariable("PIPELINE_NODE_MODULES") ?? Path.Combine(tests, "node/node_modules");
        if (!Directory.Exists(Path.Combine(modules, "avsc")))
            Assert.Skip("avsc is not installed: set PIPELINE_NODE_MODULES to a node_modules folder that holds it");
        var start = new ProcessStartInfo("node", Path.Combine(tests, "schemas/node/avsc-interop.js"))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new System.Text.UTF8Encoding(false),
            StandardOutputEncoding = System.Text.Encoding.UTF8,
        };
        start.Environment["NODE_PATH"] = modules;
        try
        {
            return new Avsc(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("node is not installed");
            throw;
        }
    }

    public JsonNode Ask(object task)
    {
        _node.StandardInput.WriteLine(JsonSerializer.Serialize(task));
        _node.StandardInput.Flush();
        using var timeout = new CancellationTokenSource(AnswerTimeout);
        var line = _node.StandardOutput.ReadLineAsync(timeout.Token).AsTask().GetAwaiter().GetResult();
        return line is null
            ? throw new InvalidOperationException("node stopped: " + _node.StandardError.ReadToEnd())
            : JsonNode.Parse(line)!;
    }

    public IReadOnlyList<string> AskBodies(object task) => [.. Ask(task)["bodies"]!.AsArray().Select(body => body!.GetValue<string>())];

    public void Dispose()
    {
        _node.StandardInput.Close();
        if (!_node.WaitForExit(AnswerTimeout)) _node.Kill();
        _node.Dispose();
    }

    private static string SourceFolder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
