using System.Globalization;

namespace Pipeline.TestKit;

/// <summary>An Elasticsearch for all tests of this run; each test takes indices of its own.</summary>
public static class RealElasticsearch
{
    public const string EnvironmentName = "ELASTICSEARCH_URL";

    /// <summary>From the HTTP port to the transport port, as the script lays them out.</summary>
    private const int TransportDistance = 100;

    private static readonly Lazy<(string? Url, string? SkipReason)> SharedOne = new(Find);

    /// <summary>`$ELASTICSEARCH_URL`, else one that is started at first use and stops with this process.</summary>
    public static string? Shared(out string? skipReason)
    {
        (var url, skipReason) = SharedOne.Value;
        return url;
    }

    /// <summary>One of a test's own. Null where there is no way to start one.</summary>
    /// <param name="arguments">Of the script, such as `--set indexing_pressure.memory.limit=300kb`; `--data` keeps what it stores.</param>
    public static ServerProcess? Start(IEnumerable<string> arguments, out string? skipReason) =>
        ServerScripts.Find("elasticsearch", EnvironmentName, out skipReason) is { } script
            ? ServerProcess.Start(script, ["--port", FreePorts.WithFollowing(0, TransportDistance).ToString(CultureInfo.InvariantCulture), "--heap", "512m", .. arguments]) : null;

    private static (string?, string?) Find()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentName) is { Length: > 0 } given) return (given, null);
        var started = Start([], out var reason);
        return (started?.Address, reason);
    }
}
