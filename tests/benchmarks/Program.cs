using Pipeline.Benchmarks.Metering;
using Pipeline.Benchmarks.Searchable;
using Pipeline.Benchmarks.Segments;
using Pipeline.Benchmarks.Streams;
using Pipeline.Benchmarks.Viewing;

return args switch
{
    ["scan", .. var rest] => ScanBenchmark.Run(rest),
    ["encode", .. var rest] => EncodeBenchmark.Run(rest),
    ["log", .. var rest] => LogBenchmark.Run(rest),
    ["enrich", .. var rest] => EnrichBenchmark.Run(rest),
    ["streams", .. var rest] => StreamsBenchmark.Run(rest),
    ["searchable", .. var rest] => SearchableBenchmark.Run(rest),
    ["view", .. var rest] => ViewBenchmark.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: Pipeline.Benchmarks scan [SECONDS_PER_CASE [NAME]]   how fast replies are metered, in GB/s and bytes allocated per chunk");
    Console.Error.WriteLine("       Pipeline.Benchmarks encode [SECONDS]                an event written as Avro and read again, us and bytes allocated");
    Console.Error.WriteLine("       Pipeline.Benchmarks log [DIR]                       appends and transactions a second, and scanned GB/s, on the folder's disk");
    Console.Error.WriteLine("       Pipeline.Benchmarks enrich [SECONDS]                the enricher's step in memory, CPU and bytes per event");
    Console.Error.WriteLine("       Pipeline.Benchmarks streams enricher|watcher [RECORDS [PEERS_DIR]]   CPU per record and records a second on a real broker, beside Kafka Streams");
    Console.Error.WriteLine("       Pipeline.Benchmarks searchable [SECONDS [CALLS_PER_SECOND]]    from a reply's end until a search finds its document, p50 and p99");
    Console.Error.WriteLine("       Pipeline.Benchmarks view [EVENTS [TEAMS]]           the local page's sums: memory, time of an answer, and what events wait for it");
    return 2;
}
