using System.Diagnostics.Metrics;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.GatewayEdge.Content;

/// <summary>Why a captured call is not in the topic.</summary>
internal enum ContentLoss { MemoryFull, Refused, Stopped }

internal static class ContentMetrics
{
    private static readonly Counter<long> Captured = PipelineMeter.Counter(
        "pipeline_gateway_captured_contents_total", "Prompts and replies written to llm-usage-content.");

    private static readonly Counter<long> Lost = PipelineMeter.Counter(
        "pipeline_gateway_dropped_contents_total", "Captured prompts and replies that were not written: memory_full, refused by the log, stopped.", "reason");

    private static readonly Counter<long> Redacted = PipelineMeter.Counter(
        "pipeline_gateway_redactions_total", "Places replaced in captured prompts and replies.");

    private static readonly object[] LossNames = ["memory_full", "refused", "stopped"];

    public static void Written(int count) => Captured.Add(count);

    public static void Dropped(ContentLoss loss, int count = 1) => Lost.Add(count, new KeyValuePair<string, object?>("reason", LossNames[(int)loss]));

    public static void Replaced(long count) => Redacted.Add(count);
}
