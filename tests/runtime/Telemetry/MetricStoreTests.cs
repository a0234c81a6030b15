using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;
using Pipeline.Runtime.Telemetry;
using Xunit;

namespace Pipeline.Runtime.Tests.Telemetry;

public sealed class MetricStoreTests
{
    [Fact]
    public void Counter_WithLabels_IsWrittenWithHelpAndEscapes()
    {
        var counter = PipelineMeter.Counter("pipeline_test_records_total", "Records, by\nend.", "end");
        using var store = MetricStore.Listen();
        counter.Add(2, new KeyValuePair<string, object?>("end", "ok"));
        counter.Add(3, new KeyValuePair<string, object?>("end", "ok"));
        counter.Add(1, new KeyValuePair<string, object?>("end", "a\"b\\c\n"));

        var text = Scrape(store);

        Assert.Contains("# HELP pipeline_test_records_total Records, by\\nend.\n# TYPE pipeline_test_records_total counter\n", text);
        Assert.Contains("pipeline_test_records_total{end=\"ok\"} 5\n", text);
        Assert.Contains("pipeline_test_records_total{end=\"a\\\"b\\\\c\\n\"} 1\n", text);
    }

    [Fact]
    public void Series_PastTheBound_FallIntoOther()
    {
        var counter = PipelineMeter.Counter("pipeline_test_many_total", "Many.", "name");
        using var store = MetricStore.Listen();
        for (var i = 0; i < MetricStore.MaxSeries + 50; i++) counter.Add(1, new KeyValuePair<string, object?>("name", $"n{i}"));

        var lines = Scrape(store).Split('\n').Where(static line => line.StartsWith("pipeline_test_many_total{", StringComparison.Ordinal)).ToList();

        Assert.Equal(MetricStore.MaxSeries + 1, lines.Count);
        Assert.Contains("pipeline_test_many_total{name=\"_other\"} 50", lines);
    }

    [Fact]
    public void Histogram_IsCumulative()
    {
        var histogram = PipelineMeter.Histogram("pipeline_test_wait_seconds", "Wait.", [0.1, 1]);
        using var store = MetricStore.Listen();
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 }) histogram.Record(value);

        var text = Scrape(store);

        Assert.Contains("# TYPE pipeline_test_wait_seconds histogram\n", text);
        Assert.Contains("pipeline_test_wait_seconds_bucket{le=\"0.1\"} 2\n", text);
        Assert.Contains("pipeline_test_wait_seconds_bucket{le=\"1\"} 3\n", text);
        Assert.Contains("pipeline_test_wait_seconds_bucket{le=\"+Inf\"} 4\n", text);
        Assert.Contains("pipeline_test_wait_seconds_sum 7.65\n", text);
        Assert.Contains("pipeline_test_wait_seconds_count 4\n", text);
    }

    [Fact]
    public void Gauge_SeriesNoLongerObserved_Disappears()
    {
        var partitions = new List<int> { 1, 2 };
        PipelineMeter.Gauge("pipeline_test_lag_records", "Lag.", ["partition"], () =>
            partitions.Select(static partition => new Measurement<double>(partition * 10, new KeyValuePair<string, object?>("partition", partition))));
        var upDown = PipelineMeter.UpDownCounter("pipeline_test_open_requests", "Open.");
        using var store = MetricStore.Listen();
        upDown.Add(3);
        upDown.Add(-1);

        Assert.Contains("pipeline_test_lag_records{partition=\"2\"} 20\n", Scrape(store));
        partitions.Remove(2);
        var text = Scrape(store);

        Assert.DoesNotContain("partition=\"2\"", text);
        Assert.Contains("pipeline_test_lag_records{partition=\"1\"} 10\n", text);
        Assert.Contains("pipeline_test_open_requests 2\n", text);
    }

    [Fact]
    public void Recording_KnownSeries_AllocatesNothing()
    {
        var counter = PipelineMeter.Counter("pipeline_test_quiet_total", "Quiet.", "end");
        using var store = MetricStore.Listen();
        Record(100);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Record(1000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Record(int times)
        {
            for (var i = 0; i < times; i++) counter.Add(1, new KeyValuePair<string, object?>("end", "ok"));
        }
    }

    [Fact]
    public void Definitions_NameHelpAndLabels_AreListed()
    {
        PipelineMeter.Counter("pipeline_test_listed_total", "Listed.", "end");

        var listed = Assert.Single(PipelineMeter.Definitions, static metric => metric.Name == "pipeline_test_listed_total");
        Assert.Equal(("counter", "Listed.", "end"), (listed.Kind, listed.Help, string.Join(',', listed.Labels)));
        Assert.Throws<ArgumentException>(static () => PipelineMeter.Counter("pipeline_test_wrong", "No unit."));
    }

    private static string Scrape(MetricStore store)
    {
        var output = new ArrayBufferWriter<byte>();
        store.Write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
