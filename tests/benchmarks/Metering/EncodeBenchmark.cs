using System.Globalization;
using Pipeline.Benchmarks.Streams;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;

namespace Pipeline.Benchmarks.Metering;

/// <summary>What it costs to write an event as Avro, and to read it again: the writer's part is on every call's way to its last byte.</summary>
internal static class EncodeBenchmark
{
    private const int Events = 1_000;

    public static int Run(string[] args)
    {
        var share = TimeSpan.FromSeconds(args is [var given, ..] ? double.Parse(given, CultureInfo.InvariantCulture) : 4);
        var calls = UsageFill.Calls(Events, DateTimeOffset.UtcNow).ToArray();
        using var writer = new AvroWriter();
        var encoded = calls.Select(call =>
        {
            writer.Reset();
            call.Write(writer);
            return writer.WrittenSpan.ToArray();
        }).ToArray();
        var bytes = encoded.Average(static one => one.Length);

        var written = Measure.Run(share, () =>
        {
            foreach (var call in calls)
            {
                writer.Reset();
                call.Write(writer);
            }
        });
        long sum = 0;
        var read = Measure.Run(share, () =>
        {
            foreach (var one in encoded)
            {
                var reader = new AvroReader(one);
                sum += LLMUsageAudit.Read(ref reader).Edge.Sequence;
            }
        });
        GC.KeepAlive(sum);
        Console.WriteLine(FormattableString.Invariant($"{bytes:0} bytes an event"));
        Console.WriteLine(FormattableString.Invariant($"write {written.BestSeconds * 1e6 / Events:0.00} us, {written.AllocatedBytes / Events:0.0} B allocated"));
        Console.WriteLine(FormattableString.Invariant($"read  {read.BestSeconds * 1e6 / Events:0.00} us, {read.AllocatedBytes / Events:0.0} B allocated"));
        return 0;
    }
}
