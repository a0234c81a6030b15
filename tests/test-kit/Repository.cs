namespace Pipeline.TestKit;

/// <summary>Where the source tree and the built services are.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The built program of a service, of the same configuration (Debug, Release) as these tests.</summary>
    public static string Program(string service)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return Path.Combine(Root, "services", service, "bin", configuration, "net10.0", service);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Pipeline.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("Pipeline.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
