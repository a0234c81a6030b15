namespace Pipeline.TestKit;

/// <summary>Where the scripts are that run real servers: `$PIPELINE_SERVERS`, else `../shared/servers` beside the repository.</summary>
public static class ServerScripts
{
    /// <summary>Root of the repository: the folder above this program that has the solution.</summary>
    public static string RepositoryRoot { get; } = FindRoot();

    /// <returns>The script's path; null when it is not there, and <paramref name="reason"/> then says what to do.</returns>
    public static string? Find(string name, string environmentName, out string? reason)
    {
        var folder = Environment.GetEnvironmentVariable("PIPELINE_SERVERS") ?? Path.Combine(RepositoryRoot, "..", "shared", "servers");
        var script = Path.GetFullPath(Path.Combine(folder, name));
        reason = File.Exists(script) ? null : $"no {name} server: set ${environmentName} to a running one, or $PIPELINE_SERVERS to the folder of the scripts that start one";
        return reason is null ? script : null;
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) return folder.FullName;
        throw new InvalidOperationException($"no Pipeline.sln above {AppContext.BaseDirectory}");
    }
}
