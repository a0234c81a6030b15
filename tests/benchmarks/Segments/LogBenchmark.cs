using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Embedded;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;

namespace Pipeline.Benchmarks.Segments;

/// <summary>`Pipeline.Benchmarks log [DIR]`: appends a second and scanned GB/s on the disk of the folder, by what is appended.</summary>
internal static class LogBenchmark
{
    private const int PayloadBytes = 1_000;
    private const int ValueBytes = 600;

    private static readonly SegmentStoreOptions[] Policies =
        [new(), new(Fsync: FsyncPolicy.Interval, FsyncInterval: TimeSpan.FromSeconds(1)), new(Fsync: FsyncPolicy.EachAppend)];

    public static int Run(string[] args)
    {
        var root = Directory.CreateDirectory(Path.Combine(args is [var folder, ..] ? folder : Path.GetTempPath(), "pipeline-log-benchmark")).FullName;
        try
        {
            foreach (var policy in Policies)
                foreach (var threads in new[] { 1, 4 }) Appends(root, policy, threads);
            Scan(root);
            Attempts(root);
            foreach (var records in new[] { 1, 500 }) Transactions(root, records);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }

        return 0;
    }

    private static void Appends(string root, SegmentStoreOptions options, int threads)
    {
        using var store = OpenStore(Path.Combine(root, $"appends-{options.Fsync}-{threads}"), options);
        var payload = new byte[PayloadBytes];
        var count = options.Fsync == FsyncPolicy.EachAppend ? 2_000 : 400_000;
        for (var i = 0; i < 100; i++) store.Append(payload, out _);
        var allocated = 0L;
        var began = Stopwatch.GetTimestamp();
        var running = Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = count / threads; i > 0; i--) store.Append(payload, out var _);
            Interlocked.Add(ref allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        })).ToArray();
        foreach (var thread in running) thread.Start();
        foreach (var thread in running) thread.Join();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"append {PayloadBytes} B, fsync {options.Fsync}, {threads} threads: {count / seconds:N0}/s, {(double)allocated / count:0.00} B allocated each");
    }

    private static void Scan(string root)
    {
        var path = Path.Combine(root, "scan");
        using (var store = OpenStore(path, new SegmentStoreOptions()))
            for (var i = 0; i < 1_000_000; i++) store.Append(new byte[PayloadBytes], out _);
        var began = Stopwatch.GetTimestamp();
        using var opened = OpenStore(path, new SegmentStoreOptions());
        var openSeconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        began = Stopwatch.GetTimestamp();
        using var cursor = opened.ReadFrom(0);
        while (cursor.Read(out _, out _) == CursorOutcome.Frame)
        {
        }

        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"scan {PayloadBytes} B frames: {opened.Bytes / seconds / 1e9:0.00} GB/s ({opened.Bytes / 1e9:0.00} GB, from the page cache); opening the store took {openSeconds * 1e3:0} ms");
    }

    private static void Attempts(string root)
    {
        var options = new SpoolOptions { Path = Path.Combine(root, "spool"), MaxBytes = 1L << 40 };
        using var spool = Spool.Open(options, TimeProvider.System, NullLogger.Instance).Spool!;
        var opening = Opening();
        var closing = opening with { Outcome = Outcome.Ok, Usage = new TokenUsage { InputUncached = 100, OutputText = 20 }, ProviderUsage = """{"prompt_tokens":100,"completion_tokens":20}""" };
        Attempt();
        const int Count = 300_000;
        var before = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Count; i++) Attempt();
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        Console.WriteLine($"spool attempt (admission, opening, event), fsync {options.Fsync}: {Count / seconds:N0}/s, {(GC.GetAllocatedBytesForCurrentThread() - before) / Count} B allocated each, {spool.UsedBytes / Count} B on disk each");

        void Attempt()
        {
            var ticket = spool.TryAdmit()!;
            spool.Begin(ticket, opening);
            spool.Complete(ticket, closing);
        }
    }

    private static void Transactions(string root, int records)
    {
        var path = Path.Combine(root, $"log-{records}");
        var batch = Enumerable.Range(0, records).Select(number => new NewRecord(Topics.Usage, Guid.NewGuid().ToByteArray(), new byte[ValueBytes])).ToArray();
        var count = 1_000_000 / (records == 1 ? 10 : records);
        using (var log = OpenLog(path))
        {
            log.Provision(Topics.All());
            using var writer = log.OpenWriter("benchmark", out _)!;
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++) writer.Execute(new LogTransaction(batch, null));
            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            Console.WriteLine($"embedded log, transactions of {records} records of {ValueBytes} B: {count / seconds:N0} transactions/s, {count * records / seconds:N0} records/s");
        }

        var opened = Stopwatch.GetTimestamp();
        using var again = OpenLog(path);
        var bytes = new DirectoryInfo(path).EnumerateFiles("*.segment").Sum(static file => file.Length);
        var openSeconds = Stopwatch.GetElapsedTime(opened).TotalSeconds;
        using var cursor = again.OpenCursor(Enumerable.Range(0, Topics.DefaultPartitions).ToDictionary(static partition => new TopicPartition(Topics.Usage, partition), static _ => 0L));
        var read = 0L;
        var reading = Stopwatch.GetTimestamp();
        while (cursor.Read(5_000, 4 << 20, TimeSpan.Zero, default) is { IsEmpty: false } some) read += some.Records.Count;
        var readSeconds = Stopwatch.GetElapsedTime(reading).TotalSeconds;
        Console.WriteLine($"  opened {bytes / 1e9:0.00} GB in {openSeconds * 1e3:0} ms = {bytes / openSeconds / 1e9:0.00} GB/s; read {read:N0} records at {read / readSeconds:N0}/s = {bytes / readSeconds / 1e9:0.00} GB/s");
    }

    private static SegmentStore OpenStore(string path, SegmentStoreOptions options) =>
        SegmentStore.Open(new FileDisk(path), options, TimeProvider.System, Guid.NewGuid).Store!;

    private static EmbeddedLog OpenLog(string path) => EmbeddedLog.Open(path, new EmbeddedLogOptions(), TimeProvider.System, NullLogger.Instance).Log!;

    private static LLMUsageAudit Opening() => new()
    {
        EventId = Guid.CreateVersion7(),
        Edge = new EdgePosition { Id = Guid.Empty, Epoch = "", Sequence = 0 },
        RequestId = Guid.NewGuid().ToString(),
        StartedAt = DateTimeOffset.UnixEpoch,
        DurationUs = 0,
        Provider = "openai",
        Upstream = "openai",
        Api = "openai.chat",
        Operation = "chat",
        RequestModel = "gpt-5-mini",
        Streaming = true,
        Outcome = Outcome.Interrupted,
        UsageSource = UsageSource.None,
        UsageQuality = UsageQuality.Unknown,
        Attribution = new Attribution { Tenant = "acme", Team = "search", User = "u-1042", Feature = "answers" },
        RequestBytes = 1_234,
        ResponseBytes = 0,
    };
}
