using System.Text.RegularExpressions;
using Pipeline.Docs;
using Pipeline.Infra.Tests.Kubernetes;

namespace Pipeline.Infra.Tests;

/// <summary>Environment variables against the options of the code.</summary>
internal static partial class OptionRules
{
    private static readonly Lazy<IReadOnlyList<Regex>> Keys = new(static () =>
        [.. OptionKey().Matches(OptionsPage.Text()).Select(static key => new Regex($"^{Name().Replace(Regex.Escape(key.Groups[1].Value), "[^:]+")}$", RegexOptions.IgnoreCase))]);

    public static IEnumerable<string> EnvironmentNamesOptions(Rendered rendered) =>
        from workload in rendered.Programs
        from name in Unknown(workload.Environment.Keys)
        select $"{workload.Title}: {name} is no option";

    /// <summary>Those that look like options and are none. A service itself ignores sections that it does not know.</summary>
    public static IEnumerable<string> Unknown(IEnumerable<string> environment) =>
        environment.Where(static name => name.Contains("__", StringComparison.Ordinal) && !Keys.Value.Any(key => key.IsMatch(name.Replace("__", ":", StringComparison.Ordinal))));

    [GeneratedRegex(@"^\| `(\w+(?::[\w<>]+)+)`", RegexOptions.Multiline)]
    private static partial Regex OptionKey();

    [GeneratedRegex("<(name|n)>")]
    private static partial Regex Name();
}
