using System.Globalization;

namespace Pipeline.TestKit;

/// <summary>A schema registry for all tests of this run; each test takes subjects of its own.</summary>
public static class RealRegistry
{
    public const string EnvironmentName = "SCHEMA_REGISTRY_URL";

    private static readonly Lazy<(string? Url, string? SkipReason)> SharedOne = new(Find);

    /// <summary>`$SCHEMA_REGISTRY_URL`, else one that is started at first use and stops with this process; path included.</summary>
    public static string? Shared(out string? skipReason)
    {
        (var url, skipReason) = SharedOne.Value;
        return url;
    }

    /// <summary>One of a test's own, with no schema in it. Null where there is no way to start one.</summary>
    public static ServerProcess? Start(out string? skipReason) =>
        ServerScripts.Find("schema-registry", EnvironmentName, out skipReason) is { } script
            ? ServerProcess.Start(script, ["--port", FreePorts.One().ToString(CultureInfo.InvariantCulture)]) : null;

    private static (string?, string?) Find()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentName) is { Length: > 0 } given) return (given, null);
        var started = Start(out var reason);
        return (started?.Address, reason);
    }
}
