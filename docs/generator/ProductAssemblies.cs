using System.Reflection;

namespace Pipeline.Docs;

/// <summary>Where options and metrics are declared, in the order of the flow; what all services share comes first.</summary>
internal static class ProductAssemblies
{
    public static readonly IReadOnlyList<(string Title, Assembly Assembly)> All =
    [
        ("Every service", Assembly.Load("Pipeline.Runtime")),
        ("gateway-edge", Assembly.Load("gateway-edge")),
        ("usage-enricher", Assembly.Load("usage-enricher")),
        ("es-sink", Assembly.Load("es-sink")),
        ("budget-watcher", Assembly.Load("budget-watcher")),
        ("all-in-one", Assembly.Load("all-in-one")),
    ];
}
