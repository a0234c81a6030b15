using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pipeline.Repository.Tests;

/// <summary>Which files there are and how projects hang together. Each rule gives one line per finding.</summary>
public static partial class LayoutRules
{
    private const int ReadmeMaxLines = 150;

    private static readonly string[] BuiltExtensions =
        [".dll", ".exe", ".so", ".a", ".o", ".pdb", ".nupkg", ".snupkg", ".jar", ".class", ".zip", ".gz", ".tgz", ".xz", ".zst", ".7z", ".tar", ".trx", ".log", ".binlog"];

    private static readonly string[] BuiltFolders = ["bin", "obj", "node_modules", "TestResults", "artifacts"];

    private static readonly string[] PictureExtensions = [".png", ".ico"];

    public static IEnumerable<string> NothingBuiltIsCommitted(IReadOnlyList<RepositoryFile> files)
    {
        foreach (var file in files)
        {
            var folders = file.Path.Split('/')[..^1];
            if (folders.Intersect(BuiltFolders).Any()) yield return $"{file.Path}: build output";
            else if (BuiltExtensions.Contains(Path.GetExtension(file.Path))) yield return $"{file.Path}: built or packed";
            else if (file.Text.Contains('\0') && !PictureExtensions.Contains(Path.GetExtension(file.Path))) yield return $"{file.Path}: binary";
        }
    }

    public static IEnumerable<string> EveryProjectIsInTheSolution(IReadOnlyList<RepositoryFile> files)
    {
        var listed = files.Where(file => file.Path == "Pipeline.sln")
            .SelectMany(file => SolutionProject().Matches(file.Text))
            .Select(match => match.Groups[1].Value.Replace('\\', '/'))
            .ToHashSet();
        var present = Projects(files).Select(file => file.Path).ToHashSet();
        return present.Except(listed).Select(path => $"{path}: not in Pipeline.sln")
            .Concat(listed.Except(present).Select(path => $"Pipeline.sln: lists {path}, which is not there"));
    }

    /// <summary>Services know schemas and the runtime, never each other; only all-in-one, which is made of them, references services.</summary>
    public static IEnumerable<string> ServicesAreIndependent(IReadOnlyList<RepositoryFile> files) =>
        from project in Projects(files)
        where project.Path.StartsWith("services/", StringComparison.Ordinal) || project.Path.StartsWith("schemas/", StringComparison.Ordinal)
        from reference in ReferencedFolders(project)
        where !Allowed(FolderOf(project.Path)).Contains(reference) && !(FolderOf(project.Path) == "services/all-in-one" && reference.StartsWith("services/", StringComparison.Ordinal))
        select $"{project.Path}: references {reference}";

    public static IEnumerable<string> EveryPackageHasItsReason(IReadOnlyList<RepositoryFile> files)
    {
        foreach (var file in files.Where(file => file.Path == "Directory.Packages.props"))
        {
            var commented = false;       // a comment stands right above
            string? explained = null;    // the vendor (first part of the name) that the last comment speaks of
            foreach (var (number, line) in file.Lines)
            {
                if (line.TrimEnd().EndsWith("-->", StringComparison.Ordinal)) commented = true;
                if (PackageVersion().Match(line) is not { Success: true } match) continue;
                var vendor = match.Groups[1].Value.Split('.')[0];
                if (commented) explained = vendor;
                if (explained != vendor) yield return $"{file.Path}:{number}: {match.Groups[1].Value} has no line above it that says what it is for";
                commented = false;
            }
        }
    }

    public static IEnumerable<string> ReadmeIsShort(IReadOnlyList<RepositoryFile> files) =>
        from file in files
        where file.Path == "README.md" && file.Text.TrimEnd('\n').Split('\n').Length >= ReadmeMaxLines
        select $"{file.Path}: {ReadmeMaxLines} lines or more";

    public static IEnumerable<string> DecisionsAreNumbered(IReadOnlyList<RepositoryFile> files)
    {
        var decisions = files.Where(file => file.Path.StartsWith("docs/decisions/", StringComparison.Ordinal)).Order(Comparer<RepositoryFile>.Create(
            (left, right) => string.CompareOrdinal(left.Path, right.Path)));
        var expected = 1;
        foreach (var file in decisions)
        {
            if (DecisionName().Match(file.Name) is not { Success: true } match) yield return $"{file.Path}: not named 0001-what-was-decided.md";
            else if (int.Parse(match.Groups[1].Value) != expected++) yield return $"{file.Path}: a number is missing before it, or given twice";
        }
    }

    private static IEnumerable<RepositoryFile> Projects(IReadOnlyList<RepositoryFile> files) =>
        files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal));

    private static string[] Allowed(string folder) => folder switch
    {
        _ when folder.StartsWith("schemas", StringComparison.Ordinal) => ["schemas"],
        "services/runtime" => ["schemas"],
        _ => ["schemas", "services/runtime"],
    };

    private static IEnumerable<string> ReferencedFolders(RepositoryFile project) =>
        XDocument.Parse(project.Text).Descendants("ProjectReference")
            .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
            .Select(include => FolderOf(Path.GetRelativePath("/", Path.GetFullPath($"/{FolderOf(project.Path)}/{include}"))));

    private static string FolderOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    [GeneratedRegex("\"([^\"]+\\.csproj)\"")]
    private static partial Regex SolutionProject();

    [GeneratedRegex("<PackageVersion\\s+Include=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"^(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md$")]
    private static partial Regex DecisionName();
}
