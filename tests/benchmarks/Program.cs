using Pipeline.Benchmarks.Metering;
using Pipeline.Benchmarks.Segments;

return args switch
{
    ["scan", .. var rest] => ScanBenchmark.Run(rest),
    ["log", .. var rest] => LogBenchmark.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Pipeline.Benchmarks scan [SECONDS_PER_CASE [NAME]]   how fast replies are metered, in GB/s and bytes allocated per chunk");
    Console.Error.WriteLine("       Pipeline.Benchmarks log [DIR]                       appends and transactions a second, and scanned GB/s, on the folder's disk");
    return 2;
}
