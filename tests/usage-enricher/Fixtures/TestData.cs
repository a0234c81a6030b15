using Pipeline.TestKit;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>Golden data that lies beside the repository; tests without it are skipped visibly.</summary>
internal static class TestData
{
    public static string RepositoryRoot => Repository.Root;

    /// <summary>Path of a file of the golden data; skips the test when it is not on this machine.</summary>
    public static string Path(string name)
    {
        var folder = Environment.GetEnvironmentVariable("PIPELINE_DATA") is { Length: > 0 } set
            ? set
            : System.IO.Path.Combine(RepositoryRoot, "..", "shared", "data");
        var file = System.IO.Path.Combine(folder, name);
        Assert.SkipUnless(File.Exists(file), $"needs {name} of the golden data: set PIPELINE_DATA or put it at ../shared/data");
        return file;
    }
}
