using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Registry;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.AllInOne.Tests.Running;

/// <summary>all-in-one as a process of its own, on free ports and a folder of the test's.</summary>
internal sealed class RunningAllInOne : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private RunningAllInOne(Process process) => _process = process;

    public required Uri Gateway { get; init; }

    public required Uri Pages { get; init; }

    /// <summary>Everything it wrote so far, both streams.</summary>
    public string Said
    {
        get { lock (_said) return _said.ToString(); }
    }

    public static RunningAllInOne Start(string data, params string[] args)
    {
        var (gateway, admin) = (FreePorts.One(), FreePorts.One());
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "all-in-one.dll"), "--data", data,
                "--Gateway:Address", $"127.0.0.1:{gateway}", "--Admin:Address", $"127.0.0.1:{admin}", .. args,
            ]) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        var running = new RunningAllInOne(process) { Gateway = new Uri($"http://127.0.0.1:{gateway}"), Pages = new Uri($"http://127.0.0.1:{admin}") };
        process.OutputDataReceived += (_, line) => running.Hear(line.Data);
        process.ErrorDataReceived += (_, line) => running.Hear(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return running;
    }

    /// <summary>Waits until it has written this.</summary>
    public Task UntilSaid(string text) => Until("/healthz", _ => Said.Contains(text, StringComparison.Ordinal));

    /// <summary>Asks until the condition holds.</summary>
    public async Task Until(string path, Func<string, bool> condition)
    {
        using var http = new HttpClient { BaseAddress = Pages };
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                if (condition(await http.GetStringAsync(path, patience.Token))) return;
            }
            catch (HttpRequestException)
            {
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"{path} did not become as expected within {Patience}; all-in-one said:\n{Said}");
            }

            Assert.False(_process.HasExited, Said);
            await Task.Yield();
        }
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>Exit code.</returns>
    public int Stop()
    {
        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()])) kill.WaitForExit();
        return WaitForExit();
    }

    public int WaitForExit()
    {
        Assert.True(_process.WaitForExit(Patience), Said);
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    /// <summary>Every event of `llm-usage` in the stopped process's log.</summary>
    public static List<LlmUsage> EventsIn(string data) => RecordsIn<LlmUsage>(data, Topics.Usage, SchemaSet.LlmUsage);

    /// <summary>Every record of the topic in the stopped process's log.</summary>
    public static List<T> RecordsIn<T>(string data, string topic, SchemaFile schema) where T : class, IAvroRecord<T>
    {
        var opening = EmbeddedLog.Open(Path.Combine(data, "log"), new EmbeddedLogOptions(), TimeProvider.System, NullLogger.Instance);
        using var log = opening.Log ?? throw new InvalidOperationException(opening.Failure);
        var catalog = new SchemaCatalog(new FileSchemaRegistry(Path.Combine(data, "log", "schemas.json")), [schema]);
        using var reader = new RecordReader<T>(catalog);
        var bounds = Enumerable.Range(0, log.PartitionCount(topic)!.Value)
            .ToDictionary(i => new TopicPartition(topic, i), i => log.ReadBounds(new TopicPartition(topic, i))!.Value);
        using var cursor = log.OpenCursor(bounds.ToDictionary(static pair => pair.Key, static pair => pair.Value.Start));
        var values = new List<T>();
        while (cursor.Read(1_000, 1 << 20, TimeSpan.FromMilliseconds(200), CancellationToken.None) is { IsEmpty: false } batch)
        {
            Assert.True(catalog.Resolve(batch, CancellationToken.None));
            foreach (var record in batch.Records)
            {
                Assert.Equal(RecordReadOutcome.Ok, reader.Read(record, out var value, out _));
                values.Add(value!);
            }
        }

        return values;
    }

    private void Hear(string? line)
    {
        lock (_said) _said.AppendLine(line);
    }
}
