using System.Diagnostics;
using Pipeline.EsSink.Viewing;
using Pipeline.Schemas;

namespace Pipeline.Benchmarks.Viewing;

/// <summary>
/// `Pipeline.Benchmarks view [EVENTS [TEAMS]]`: memory of the view that the local page is drawn from, how long an answer takes at each range,
/// and how long events wait while answers are made.
/// </summary>
internal static class ViewBenchmark
{
    private const int Models = 12;
    private const int Rounds = 20;
    private static readonly DateTimeOffset End = new(2026, 3, 31, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Length = TimeSpan.FromDays(30);

    private static readonly (string Name, TimeSpan? Span)[] Ranges =
        [("15m", TimeSpan.FromMinutes(15)), ("1h", TimeSpan.FromHours(1)), ("6h", TimeSpan.FromHours(6)), ("24h", TimeSpan.FromDays(1)), ("7d", TimeSpan.FromDays(7)), ("30d", Length), ("all", null)];

    public static int Run(string[] args)
    {
        var events = args is [var some, ..] && int.TryParse(some, out var given) ? given : 1_000_000;
        var teams = args is [_, var many, ..] && int.TryParse(many, out given) ? given : 40;
        var random = new Random(1);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var view = new DocumentView();
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < events; i++) view.Put(Event(random, i, End - Length * ((double)(events - i) / events), teams));
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"{events:N0} events over 30 days, {teams} teams, {Models} models: put at {events / seconds:N0}/s (making them included), {bytes / 1e6:N0} MB = {bytes / events} B each; "
            + $"{view.EventCount:N0} held one by one, {view.SumCount:N0} sums");
        foreach (var (name, span) in Ranges) Answer(view, name, span);
        Sum(view);
        Waits(view, random, events, teams);
        return 0;
    }

    private static void Answer(DocumentView view, string name, TimeSpan? span)
    {
        var query = new FigureQuery(span is { } wanted ? End - wanted : null, End, null, null, null, "USD");
        var times = Times(() => view.Figures(query));
        var answer = view.Figures(query);
        Console.WriteLine($"  figures {name,-4} {answer.Total.Calls,10:N0} calls in {answer.Periods.Count,2} periods of {answer.Step}: median {times[Rounds / 2]:0.0} ms, worst of {Rounds} {times[^1]:0.0} ms");
    }

    private static void Sum(DocumentView view)
    {
        var times = Times(() => view.Sum(DateTimeOffset.MinValue, DateTimeOffset.MaxValue));
        Console.WriteLine($"  /usage over everything: median {times[Rounds / 2]:0.0} ms, worst of {Rounds} {times[^1]:0.0} ms");
    }

    /// <summary>Puts go on while another thread asks for the widest ranges without a pause.</summary>
    private static void Waits(DocumentView view, Random random, int events, int teams)
    {
        using var stop = new CancellationTokenSource();
        var answers = 0;
        var asking = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                view.Figures(new FigureQuery(End - (answers % 2 == 0 ? TimeSpan.FromHours(6) : Length), End, null, null, null, "USD"));
                answers++;
            }
        });
        asking.Start();
        const int Puts = 50_000;
        var waits = new double[Puts];
        for (var i = 0; i < Puts; i++)
        {
            var one = Event(random, events + i, End.AddSeconds(i / 50.0), teams);
            var began = Stopwatch.GetTimestamp();
            view.Put(one);
            waits[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        stop.Cancel();
        asking.Join();
        Array.Sort(waits);
        Console.WriteLine($"  put while {answers:N0} answers are made: median {waits[Puts / 2] * 1e3:0.0} us, p99 {waits[Puts * 99 / 100] * 1e3:0.0} us, worst {waits[^1]:0.0} ms");
    }

    private static double[] Times(Action call)
    {
        call();
        var times = new double[Rounds];
        for (var i = 0; i < Rounds; i++)
        {
            var began = Stopwatch.GetTimestamp();
            call();
            times[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }

        Array.Sort(times);
        return times;
    }

    private static LlmUsage Event(Random random, int number, DateTimeOffset at, int teams) => new()
    {
        EventId = new Guid(number, 0x7000, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 1]),
        Edge = new EdgePosition { Id = Guid.Empty, Epoch = "00112233445566778899aabbccddeeff", Sequence = number },
        RequestId = "r",
        StartedAt = at,
        DurationUs = (long)Math.Exp(8 + random.NextDouble() * 8),
        TimeToFirstTokenUs = (long)Math.Exp(7 + random.NextDouble() * 6),
        Provider = "openai",
        Upstream = "openai",
        Api = "openai.chat",
        Operation = "chat",
        ResponseModel = $"model-{random.Next(Models)}",
        Streaming = true,
        StatusCode = 200,
        Outcome = random.Next(25) == 0 ? Outcome.RateLimited : Outcome.Ok,
        Usage = new TokenUsage { InputUncached = random.Next(3_000), CacheRead = random.Next(500), OutputText = random.Next(800), Reasoning = random.Next(90), InputTotal = 3_000, OutputTotal = 800 },
        UsageSource = UsageSource.Provider,
        UsageQuality = UsageQuality.Consistent,
        Attribution = new Attribution { Tenant = "acme", Team = $"team-{random.Next(teams)}" },
        RequestBytes = 1,
        ResponseBytes = 1,
        EventTime = at,
        Cost = new Cost { Status = CostStatus.Priced, Currency = "USD", NetTotal = random.Next(1_000_000) / 1e8m },
        Impact = new Impact { Status = ImpactStatus.Estimated, Gwp = new Schemas.Range { Min = 1e-6, Max = 3e-6 }, Energy = new Schemas.Range { Min = 1e-5, Max = 3e-5 } },
        Revision = 1,
        EnrichedAt = at,
        Raw = new RecordPosition { Topic = "llm-usage-raw", Partition = 0, Offset = number },
    };
}
