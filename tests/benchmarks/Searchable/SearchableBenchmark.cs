using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.TestKit;

namespace Pipeline.Benchmarks.Searchable;

/// <summary>
/// Time from the end of a reply to the moment when a search finds its document, through the four services as separate processes on a real
/// broker, registry and Elasticsearch.
/// </summary>
internal static class SearchableBenchmark
{
    private const int DefaultSeconds = 60;
    private const int DefaultCallsPerSecond = 200;
    private const int WarmUpSeconds = 10;
    private const int CallsPerBeat = 10;
    private static readonly TimeSpan LastArrivalLimit = TimeSpan.FromSeconds(60);

    private const string Help =
        """
        usage: Pipeline.Benchmarks searchable [SECONDS [CALLS_PER_SECOND]]

        Makes calls at a steady rate (default 200 a second for 60 seconds, after 10 seconds of warming up) through the gateway and asks
        Elasticsearch for the pending documents without pause. Prints the time from a reply's end until its document is found: p50, p90, p99, max.
        Nothing is refreshed by hand: the index's own refresh interval (1 s unless Elasticsearch__RefreshInterval says otherwise) is part of it.

        Build first: infra/dev/build --all
        Servers: KAFKA_BOOTSTRAP, SCHEMA_REGISTRY_URL, ELASTICSEARCH_URL, else the start scripts in PIPELINE_SERVERS.
        """;

    public static int Run(string[] args)
    {
        var (seconds, rate) = (DefaultSeconds, DefaultCallsPerSecond);
        var isUnderstood = args.Length <= 2 && (args.Length < 1 || IsCount(args[0], out seconds)) && (args.Length < 2 || IsCount(args[1], out rate));
        if (!isUnderstood)
        {
            Console.Error.WriteLine(Help);
            return args is ["--help" or "-h"] ? 0 : 2;
        }

        if (RealKafka.Shared(out var missing) is not { } kafka || RealRegistry.Shared(out missing) is not { } registry || RealElasticsearch.Shared(out missing) is not { } elasticsearch)
        {
            Console.Error.WriteLine(missing);
            return 1;
        }

        return MeasureAsync(new MeasuredPipeline(kafka, registry, elasticsearch), seconds, rate).GetAwaiter().GetResult();
    }

    private static bool IsCount(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count > 0;

    private static async Task<int> MeasureAsync(MeasuredPipeline pipeline, int seconds, int rate)
    {
        await using var running = pipeline;
        await pipeline.StartAsync();
        using var search = new DocumentSearch(pipeline.Elasticsearch);
        using var end = new CancellationTokenSource();
        var searching = Task.Run(() => search.RunAsync(end.Token));
        Console.WriteLine($"{rate} calls/s for {seconds} s after {WarmUpSeconds} s of warming up");

        await CallAsync(pipeline, search, WarmUpSeconds, rate);
        await Until.TrueAsync(() => Task.FromResult(search.Pending == 0), LastArrivalLimit, () => $"{search.Pending} documents are missing\n{pipeline.Output}");
        search.Forget();
        var began = Stopwatch.GetTimestamp();
        var calls = await CallAsync(pipeline, search, seconds, rate);
        var took = Stopwatch.GetElapsedTime(began);
        await Until.TrueAsync(() => Task.FromResult(search.Pending == 0), LastArrivalLimit, () => $"{search.Pending} documents are missing\n{pipeline.Output}");
        await end.CancelAsync();
        await searching;

        var times = search.Times.Select(static time => time.TotalMilliseconds).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"calls {calls}, {calls / took.TotalSeconds:F1}/s; reply to searchable: p50 {At(times, 0.5):F0} ms, p90 {At(times, 0.9):F0} ms, p99 {At(times, 0.99):F0} ms, max {times[^1]:F0} ms; {search.Searches} searches"));
        return 0;
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    /// <summary>Begins a beat of calls at each tick, whether the earlier ones have ended or not, so that slow calls do not slow the rate.</summary>
    private static async Task<int> CallAsync(MeasuredPipeline pipeline, DocumentSearch search, int seconds, int rate)
    {
        var calls = new ConcurrentBag<Task>();
        var total = seconds * rate;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)CallsPerBeat / rate));
        while (calls.Count < total)
        {
            for (var i = 0; i < CallsPerBeat && calls.Count < total; i++) calls.Add(Task.Run(async () => search.Await(await pipeline.CallAsync())));
            await timer.WaitForNextTickAsync();
        }

        await Task.WhenAll(calls);
        return calls.Count;
    }
}
