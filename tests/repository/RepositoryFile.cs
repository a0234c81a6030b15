using System.Diagnostics;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>One file that is, or would be, committed.</summary>
/// <param name="Path">From the repository's root, with forward slashes.</param>
/// <param name="Text">Its contents as UTF-8; a binary file keeps its NUL characters.</param>
public sealed record RepositoryFile(string Path, string Text)
{
    public string Name => System.IO.Path.GetFileName(Path);

    public IEnumerable<(int Number, string Text)> Lines => Text.Split('\n').Select((line, index) => (index + 1, line));

    /// <summary>The files of this clone that git tracks or would add. Skips the calling test where there is no clone or no git.</summary>
    public static IReadOnlyList<RepositoryFile> ReadAll()
    {
        var root = FindRoot();
        if (!Directory.Exists(System.IO.Path.Combine(root, ".git")) && !File.Exists(System.IO.Path.Combine(root, ".git")))
            Assert.Skip("not a git clone: which files are committed is not known");

        return [.. ListPaths(root)
            .Where(path => File.Exists(System.IO.Path.Combine(root, path)))
            .Select(path => new RepositoryFile(path, File.ReadAllText(System.IO.Path.Combine(root, path))))];
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Pipeline.sln"))) return folder.FullName;
        throw new InvalidOperationException($"no Pipeline.sln above {AppContext.BaseDirectory}");
    }

    private static string[] ListPaths(string root)
    {
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
        };
        try
        {
            using var git = Process.Start(start)!;
            var paths = git.StandardOutput.ReadToEnd().Split('\0', StringSplitOptions.RemoveEmptyEntries);
            git.WaitForExit();
            Assert.Equal(0, git.ExitCode);
            return paths;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("git is missing: which files are committed is not known");
            return [];
        }
    }
}
