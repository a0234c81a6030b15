using Xunit;

namespace Pipeline.EndToEnd.Clients;

/// <summary>The JavaScript packages that ./test installs.</summary>
public static class NodeModules
{
    /// <summary>Their folder; the test is skipped where one of the packages is missing.</summary>
    public static string With(params string[] packages)
    {
        var modules = Environment.GetEnvironmentVariable("PIPELINE_NODE_MODULES") ?? Path.Combine(Repository.Root, "tests", "node", "node_modules");
        foreach (var package in packages)
            if (!Directory.Exists(Path.Combine(modules, package))) Assert.Skip($"{package} is not installed: ./test installs it where node and npm are");
        return modules;
    }
}
