using System.Text.RegularExpressions;

namespace Pipeline.Repository.Tests;

/// <summary>What may stand in source files. Each rule gives one line per finding, "path:line: what is wrong".</summary>
public static partial class SourceRules
{
    // Words that hide what a thing does. A word counts only as a whole part of a PascalCase name.
    private const string EmptyWords = "(Manager|Helper|Util|Utility|Common|Processor)s?(?![a-z])";

    public static IEnumerable<string> NamesSayWhatThingsDo(IReadOnlyList<RepositoryFile> files)
    {
        foreach (var file in files.Where(IsProductSource))
        {
            if (EmptyPathName().IsMatch(file.Path)) yield return $"{file.Path}: a name that says nothing";
            if (!file.Path.EndsWith(".cs", StringComparison.Ordinal)) continue;
            foreach (var (number, line) in file.Lines)
                if (EmptyTypeName().Match(line) is { Success: true } match)
                    yield return $"{file.Path}:{number}: type '{match.Groups["name"].Value}' says nothing";
        }
    }

    public static IEnumerable<string> NoRegionsAndNoReminders(IReadOnlyList<RepositoryFile> files) =>
        from file in files
        where file.Path.EndsWith(".cs", StringComparison.Ordinal)
        from line in file.Lines
        where RegionOrReminder().IsMatch(line.Text)
        select $"{file.Path}:{line.Number}: '{line.Text.Trim()}'";

    public static IEnumerable<string> NoConflictMarks(IReadOnlyList<RepositoryFile> files) =>
        from file in files
        from line in file.Lines
        where line.Text.StartsWith("<<<<<<< ", StringComparison.Ordinal) || line.Text.StartsWith(">>>>>>> ", StringComparison.Ordinal)
        select $"{file.Path}:{line.Number}: the mark of a merge that was not finished";

    public static IEnumerable<string> NoPathsOfOneMachine(IReadOnlyList<RepositoryFile> files) =>
        Matching(files, MachinePath(), "a path of one machine");

    public static IEnumerable<string> NoPackageRegistryHosts(IReadOnlyList<RepositoryFile> files) =>
        Matching(files, RegistryHost(), "the host of a package registry (the configured one is used)");

    private static IEnumerable<string> Matching(IReadOnlyList<RepositoryFile> files, Regex pattern, string what) =>
        from file in files
        from line in file.Lines
        let match = pattern.Match(line.Text)
        where match.Success
        select $"{file.Path}:{line.Number}: '{match.Value}' is {what}";

    private static bool IsProductSource(RepositoryFile file) =>
        file.Path.StartsWith("services/", StringComparison.Ordinal) || file.Path.StartsWith("schemas/", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+(?<name>\w*" + EmptyWords + @"\w*)")]
    private static partial Regex EmptyTypeName();

    [GeneratedRegex(@"(^|[/\w.-])" + EmptyWords + @"|(^|[/-])(manager|helper|util|utility|common|processor)s?([/.-]|$)")]
    private static partial Regex EmptyPathName();

    [GeneratedRegex(@"^\s*#\s*(end)?region\b|(//|/\*)\s*(TODO|FIXME|HACK)\b")]
    private static partial Regex RegionOrReminder();

    // Home, scratch and build-agent folders. Mount points that end there ("/tmp") name no machine and pass.
    [GeneratedRegex(@"(?<![\w.}~<>:)*/-])/(root|home|Users|tmp|work|workspace|builds|mnt)/[\w.*]+")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\bnuget\.org\b|\bnpmjs\.(org|com)\b|\bregistry\.npm|\byarnpkg\.com\b|\bpypi\.org\b|\bpythonhosted\.org\b|\bmaven\.(apache\.)?org\b|\bcrates\.io\b|\bproxy\.golang\.org\b|\bpkgs\.dev\.azure\b|\bjfrog\.io\b")]
    private static partial Regex RegistryHost();
}
