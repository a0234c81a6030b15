using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>What the spool tells of itself.</summary>
internal static class SpoolMetrics
{
    /// <summary>The spools that this process has open: asked at each scrape, so that what an earlier start left counts from the first one on.</summary>
    private static readonly ConcurrentDictionary<Spool, bool> Open = new();

    public static readonly ObservableGauge<double> Bytes = PipelineMeter.Gauge("pipeline_spool_bytes", "Bytes of the spool on disk.", static () => Sum(static spool => spool.UsedBytes));

    public static readonly ObservableGauge<double> UnshippedBytes = PipelineMeter.Gauge(
        "pipeline_spool_unshipped_bytes", "Bytes of the spool that no committed position covers; 0 = everything in it is in the log.", static () => Sum(static spool => spool.UnshippedBytes));

    public static readonly ObservableGauge<double> ReservedBytes = PipelineMeter.Gauge(
        "pipeline_spool_reserved_bytes", "Room kept for calls in flight.", static () => Sum(static spool => spool.ReservedBytes));

    public static readonly Counter<long> Openings = PipelineMeter.Counter("pipeline_spool_openings_total", "Openings appended to the spool.");

    public static readonly Counter<long> Events = PipelineMeter.Counter("pipeline_spool_events_total", "Events appended to the spool.");

    public static readonly Counter<long> Lost = PipelineMeter.Counter(
        "pipeline_spool_lost_total", "Attempts without any record: the spool was full or failed and is set to forward. Equal to the gaps in the sequence.");

    public static readonly Counter<long> EndingsFailed = PipelineMeter.Counter(
        "pipeline_spool_endings_failed_total", "Events that could not be appended although their opening was: they become interrupted events at the next start.");

    public static readonly Counter<long> Shipped = PipelineMeter.Counter("pipeline_spool_shipped_total", "Events committed to the log.");

    public static readonly Counter<long> Refused = PipelineMeter.Counter("pipeline_spool_refused_total", "Events that the log refuses for themselves, kept in the spool's refused segments.");

    public static readonly Counter<long> TailLost = PipelineMeter.Counter(
        "pipeline_spool_tail_lost_total", "Frames that were shipped and then lost from the end of an earlier epoch on disk.");

    public static readonly Counter<long> Damaged = PipelineMeter.Counter("pipeline_spool_damaged_frames_total", "Frames of earlier epochs that can no longer be read.");

    public static readonly Counter<long> OpeningsRecovered = PipelineMeter.Counter(
        "pipeline_spool_openings_recovered_total", "Openings without an end in earlier epochs, shipped as interrupted events.");

    public static readonly Counter<long> FromCheckpoint = PipelineMeter.Counter(
        "pipeline_spool_positions_from_checkpoint_total", "Epochs whose position the log no longer had: shipped on from the checkpoint, at most the last transaction twice.");

    public static readonly Counter<long> Transactions = PipelineMeter.Counter("pipeline_spool_transactions_total", "Shipper transactions by outcome.", "outcome");

    public static void Opened(Spool spool) => Open[spool] = true;

    public static void Closed(Spool spool) => Open.TryRemove(spool, out _);

    private static double Sum(Func<Spool, long> bytes) => Open.Keys.Sum(spool => (double)bytes(spool));
}
