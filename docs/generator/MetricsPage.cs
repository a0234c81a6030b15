using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Pipeline.Runtime.Telemetry;

namespace Pipeline.Docs;

/// <summary>docs/metrics.md: every metric of every service, from where it is made.</summary>
public static class MetricsPage
{
    private const string Head = """
        # Metrics

        Made by `dotnet run --project docs/generator` from the code; a test compares. Every service gives them at `/metrics` of its admin address in Prometheus' text format, and to
        `Telemetry:OtlpEndpoint` if there is one. The word after `pipeline_` says whose it is: gateway and spool, enricher, sink, watcher, budget and alerter; the others are every service's. Label values come from closed sets or configuration, never from requests; a label with too many values falls into `_other`.
        The two `ai_…` totals carry names that dashboards of other gateways use; their label values come from events, within `Gateway:DashboardMetrics:MaxLabelSets`.

        """;

    public static string Text()
    {
        foreach (var (_, assembly) in ProductAssemblies.All) Make(assembly);
        var page = new StringBuilder(Head).Append("\n| metric | kind | labels | meaning |\n|---|---|---|---|\n");
        foreach (var metric in PipelineMeter.Definitions)
            page.Append($"| `{metric.Name}` | {metric.Kind} | {string.Join(", ", metric.Labels)} | {metric.Help.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        return page.ToString();
    }

    /// <summary>Metrics are made when the class that counts is first used.</summary>
    private static void Make(Assembly assembly)
    {
        const BindingFlags Statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        foreach (var type in assembly.GetTypes())
            if (!type.ContainsGenericParameters
                && (type.Name.EndsWith("Metrics", StringComparison.Ordinal) || type.GetFields(Statics).Any(static field => typeof(Instrument).IsAssignableFrom(field.FieldType))))
                RuntimeHelpers.RunClassConstructor(type.TypeHandle);
    }
}
