using Pipeline.Benchmarks.Metering;

return args switch
{
    ["scan", .. var rest] => ScanBenchmark.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Pipeline.Benchmarks scan [SECONDS_PER_CASE [NAME]]   how fast replies are metered, in GB/s and bytes allocated per chunk");
    return 2;
}
