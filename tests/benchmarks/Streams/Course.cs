using System.Diagnostics;

namespace Pipeline.Benchmarks.Streams;

/// <summary>How a process worked through a topic.</summary>
/// <param name="CpuMicros">CPU per record, start-up included, as the peers count it.</param>
/// <param name="SteadyCpuMicros">CPU per record between a fifth and nine tenths of the way, start-up left out.</param>
/// <param name="SteadyRate">Records a second over the same stretch.</param>
internal readonly record struct Course(double CpuMicros, double SteadyCpuMicros, double SteadyRate)
{
    private const double SteadyFrom = 0.2;
    private const double SteadyTo = 0.9;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <param name="done">Records done so far.</param>
    public static Course Follow(ProcessLoad load, long records, Func<long> done)
    {
        var watch = Stopwatch.StartNew();
        (long Records, TimeSpan At, TimeSpan Cpu)? from = null, to = null;
        while (true)
        {
            var now = done();
            if (now >= records * SteadyFrom) from ??= (now, watch.Elapsed, load.Cpu());
            if (now >= records * SteadyTo) to ??= (now, watch.Elapsed, load.Cpu());
            if (now >= records) break;
            if (load.HasExited) throw new InvalidOperationException($"ended before its work was done: {load.LastLine}");
            if (watch.Elapsed > Limit) throw new TimeoutException($"{now} of {records} records after {Limit}: {load.LastLine}");
            Thread.Sleep(Step);
        }

        var steady = to!.Value.Records - from!.Value.Records;
        return new Course(
            load.Cpu().TotalMicroseconds / records,
            (to.Value.Cpu - from.Value.Cpu).TotalMicroseconds / steady,
            steady / (to.Value.At - from.Value.At).TotalSeconds);
    }

    public override string ToString() => $"{SteadyRate / 1000,7:F1} k/s  {CpuMicros,6:F1} us CPU per record with start-up, {SteadyCpuMicros,6:F1} us steady";
}
