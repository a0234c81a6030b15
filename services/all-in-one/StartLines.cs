using Pipeline.BudgetWatcher.Rules;
using Pipeline.EsSink.Indexing;
using Pipeline.GatewayEdge;
using Pipeline.Runtime.Hosting;

namespace Pipeline.AllInOne;

/// <summary>What an operator needs to know, one line each.</summary>
internal static class StartLines
{
    public static void Write(
        TextWriter output, ServiceHost service, LogSetup setup, AllInOneOptions options, GatewayOptions gateway, ElasticsearchOptions cluster,
        BudgetSet budgets)
    {
        var upstreams = string.Join(", ", gateway.Upstreams.Keys.Order(StringComparer.Ordinal));
        output.WriteLine($"gateway  http://{gateway.Address}/<upstream>/...   upstreams: {upstreams}");
        output.WriteLine($"pages    http://{service.AdminAddress}/");
        output.WriteLine($"data     {Path.GetFullPath(options.Data)}");
        output.WriteLine($"engine   {setup.Description}, documents in {(cluster.Url is { } url ? $"Elasticsearch {url}" : "memory")}");
        output.WriteLine($"budgets  {(budgets.Budgets.Count == 0 ? "none; --budgets FILE gives some" : string.Join(", ", budgets.Budgets.Select(static budget => budget.Id)))}");
        output.Flush();
    }
}
