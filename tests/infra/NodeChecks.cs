using System.Text.Json;
using Xunit;

namespace Pipeline.Infra.Tests;

/// <summary>Checks by published definitions that exist for JavaScript only: Kubernetes' types, the compose schema, Prometheus' grammar.</summary>
internal static class NodeChecks
{
    /// <param name="kind">kubernetes, compose or promql.</param>
    /// <param name="texts">By any names.</param>
    /// <returns>Findings by the same names. Skips the calling test where node or its packages are missing.</returns>
    public static IReadOnlyDictionary<string, string[]> Run(string kind, IReadOnlyDictionary<string, string> texts)
    {
        var modules = Environment.GetEnvironmentVariable("PIPELINE_NODE_MODULES") ?? Repository.PathOf("tests/node/node_modules");
        if (!Directory.Exists(Path.Combine(modules, "kubernetes-models")))
            Assert.Skip("the npm packages are not installed: ./test does it, or set PIPELINE_NODE_MODULES");
        var input = JsonSerializer.Serialize(new Dictionary<string, object> { [kind] = texts });
        var script = Path.Combine(AppContext.BaseDirectory, "node", "check.cjs");
        var (exitCode, output, errors) = Repository.Run("node", [script], input: input, environment: new Dictionary<string, string> { ["PIPELINE_NODE_MODULES"] = modules });
        Assert.True(exitCode == 0, errors);
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string[]>>>(output)![kind];
    }
}
