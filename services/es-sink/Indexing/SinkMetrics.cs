using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.EsSink.Indexing;

internal static class SinkMetrics
{
    private static readonly Counter<long> Documents = PipelineMeter.Counter(
        "pipeline_sink_documents_total",
        "Documents by what became of them: stored, already_there (an equal or newer revision was), refused, " +
        "expired (older than the retention, no index).",
        "result");

    private static readonly Counter<long> ItemRetries = PipelineMeter.Counter(
        "pipeline_sink_items_retried_total", "Bulk items that the store asked to send again, or whose request got no answer.");

    private static readonly Counter<long> Divergent = PipelineMeter.Counter(
        "pipeline_sink_documents_divergent_total", "Documents found with the same revision and other content: two writers disagree.");

    private static readonly Histogram<double> BulkDuration = PipelineMeter.Histogram(
        "pipeline_sink_bulk_duration_seconds", "Time of each bulk request from sending to its whole reply, by verdict.", null, "verdict");

    public static void Settled(ItemOutcome outcome, int count)
    {
        if (count > 0) Documents.Add(count, new KeyValuePair<string, object?>("result", NameOf(outcome)));
    }

    public static void Retried(int items)
    {
        if (items > 0) ItemRetries.Add(items);
    }

    public static void Diverged(int documents)
    {
        if (documents > 0) Divergent.Add(documents);
    }

    public static void BulkAnswered(TimeSpan duration, RequestVerdict verdict) =>
        BulkDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("verdict", NameOf(verdict)));

    private static string NameOf(ItemOutcome outcome) => outcome switch
    {
        ItemOutcome.Stored => "stored",
        ItemOutcome.AlreadyThere => "already_there",
        ItemOutcome.Expired => "expired",
        _ => "refused",
    };

    private static string NameOf(RequestVerdict verdict) => verdict switch
    {
        RequestVerdict.Answered => "answered",
        RequestVerdict.Throttled => "throttled",
        RequestVerdict.Unauthorized => "unauthorized",
        RequestVerdict.TooLarge => "too_large",
        RequestVerdict.Refused => "refused",
        _ => "retry",
    };
}
