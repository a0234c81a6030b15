namespace Pipeline.TestKit;

/// <summary>Where the scripts are that run real servers: `$PIPELINE_SERVERS`, else `../shared/servers` beside the repository.</summary>
public static class ServerScripts
{
    /// <returns>The script's path; null when it is not there, and <paramref name="reason"/> then says what to do.</returns>
    public static string? Find(string name, string environmentName, out string? reason)
    {
        var folder = Environment.GetEnvironmentVariable("PIPELINE_SERVERS") ?? Path.Combine(Repository.Root, "..", "shared", "servers");
        var script = Path.GetFullPath(Path.Combine(folder, name));
        reason = File.Exists(script) ? null : $"no {name} server: set ${environmentName} to a running one, or $PIPELINE_SERVERS to the folder of the scripts that start one";
        return reason is null ? script : null;
    }
}
