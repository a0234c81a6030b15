using Xunit;
using Rule = System.Func<System.Collections.Generic.IReadOnlyList<Pipeline.Repository.Tests.RepositoryFile>, System.Collections.Generic.IEnumerable<string>>;

namespace Pipeline.Repository.Tests;

/// <summary>Every rule holds for this repository, and every rule finds the fault that it is there for.</summary>
public sealed class RepositoryTests
{
    private static readonly Dictionary<string, Rule> Rules = new Rule[]
    {
        LayoutRules.NothingBuiltIsCommitted, LayoutRules.EveryProjectIsInTheSolution, LayoutRules.ServicesAreIndependent,
        LayoutRules.EveryPackageHasItsReason, LayoutRules.ReadmeIsShort, LayoutRules.DecisionsAreNumbered,
        SourceRules.NamesSayWhatThingsDo, SourceRules.NoRegionsAndNoReminders, SourceRules.NoConflictMarks,
        SourceRules.NoPathsOfOneMachine, SourceRules.NoPackageRegistryHosts,
        TopicRules.TheDrawingNamesTheTopics, TopicRules.EverySchemaFileNamesATopic,
    }.ToDictionary(rule => rule.Method.Name);

    private static readonly Lazy<IReadOnlyList<RepositoryFile>> Committed = new(RepositoryFile.ReadAll);

    public static TheoryData<string> RuleNames => [.. Rules.Keys];

    [Theory, MemberData(nameof(RuleNames))]
    public void Repository_AsCommitted_KeepsRule(string rule)
    {
        var findings = Rules[rule](Committed.Value).ToList();
        Assert.True(findings.Count == 0, $"{rule}:\n{string.Join('\n', findings)}");
    }

    /// <summary>Rule, path, contents (a bad file), and what the finding must mention.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { nameof(LayoutRules.NothingBuiltIsCommitted), "services/x/bin/Release/x.json", "{}", "build output" },
        { nameof(LayoutRules.NothingBuiltIsCommitted), "infra/dev/feed/x.nupkg", "", "built or packed" },
        { nameof(LayoutRules.NothingBuiltIsCommitted), "infra/dev/tool", "\u007fELF\0\0", "binary" },
        { nameof(LayoutRules.EveryProjectIsInTheSolution), "services/new/Pipeline.New.csproj", "<Project />", "not in Pipeline.sln" },
        { nameof(LayoutRules.EveryProjectIsInTheSolution), "Pipeline.sln", """Project("{0}") = "Gone", "services\gone\Gone.csproj", "{1}" """, "services/gone/Gone.csproj" },
        { nameof(LayoutRules.ServicesAreIndependent), "services/es-sink/P.csproj", Reference("../gateway-edge/P.csproj"), "services/gateway-edge" },
        { nameof(LayoutRules.ServicesAreIndependent), "services/runtime/P.csproj", Reference("..\\es-sink\\P.csproj"), "services/es-sink" },
        { nameof(LayoutRules.ServicesAreIndependent), "schemas/P.csproj", Reference("../services/runtime/P.csproj"), "services/runtime" },
        { nameof(LayoutRules.ServicesAreIndependent), "services/all-in-one/P.csproj", Reference("../../tests/runtime/P.csproj"), "tests/runtime" },
        { nameof(LayoutRules.EveryPackageHasItsReason), "Directory.Packages.props", """<PackageVersion Include="A" Version="1" />""", ":1: A " },
        { nameof(LayoutRules.EveryPackageHasItsReason), "Directory.Packages.props",
            """
            <!-- Reason of A. -->
            <PackageVersion Include="A.One" Version="1" />
            <PackageVersion Include="A.Two" Version="1" />
            <PackageVersion Include="B" Version="1" />
            """, ":4: B " },
        { nameof(LayoutRules.ReadmeIsShort), "README.md", string.Concat(Enumerable.Repeat("line\n", 150)), "150" },
        { nameof(LayoutRules.DecisionsAreNumbered), "docs/decisions/why-avro.md", "", "not named" },
        { nameof(LayoutRules.DecisionsAreNumbered), "docs/decisions/0002-avro.md", "", "missing" },
        { nameof(SourceRules.NamesSayWhatThingsDo), "services/x/Spool.cs", "internal sealed class SpoolManager {", "SpoolManager" },
        { nameof(SourceRules.NamesSayWhatThingsDo), "schemas/A.cs", "public readonly record struct CommonFields(int A);", "CommonFields" },
        { nameof(SourceRules.NamesSayWhatThingsDo), "services/x/Utils/A.cs", "", "says nothing" },
        { nameof(SourceRules.NamesSayWhatThingsDo), "services/x/JsonHelpers.cs", "", "says nothing" },
        { nameof(SourceRules.NoRegionsAndNoReminders), "services/x/A.cs", "a\n  #" + "region b", ":2:" },
        { nameof(SourceRules.NoRegionsAndNoReminders), "tests/x/A.cs", "// TO" + "DO later", ":1:" },
        { nameof(SourceRules.NoConflictMarks), "tests/node/package.json", "{\n" + "<<<<<<" + "< HEAD\n}", ":2:" },
        { nameof(SourceRules.NoPathsOfOneMachine), "docs/a.md", "see /ho" + "me/ann/notes", "ann" },
        { nameof(SourceRules.NoPathsOfOneMachine), "tests/x/A.cs", "\"/tm" + "p/x.json\"", "x.json" },
        { nameof(SourceRules.NoPackageRegistryHosts), "tests/node/package-lock.json", "\"resolved\": \"https://registry.n" + "pmjs.org/avsc\"", "npm" },
        { nameof(TopicRules.TheDrawingNamesTheTopics), "docs/architecture.md", "edge -->|llm-usage-enriched| sink", "'llm-usage-enriched' is no topic" },
        { nameof(TopicRules.TheDrawingNamesTheTopics), "docs/architecture.md", "llm-usage-*, x-llm-team", "does not show the topic 'llm-usage-raw'" },
        { nameof(TopicRules.EverySchemaFileNamesATopic), "schemas/llm-usage.avsc", "{}", "llm-usage.avsc" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Rule_SeededFault_IsFound(string rule, string path, string contents, string mentioned) =>
        Assert.Contains(Rules[rule]([new RepositoryFile(path, contents)]), finding => finding.Contains(mentioned, StringComparison.Ordinal));

    /// <summary>A rule that nothing could break would prove nothing.</summary>
    [Theory, MemberData(nameof(RuleNames))]
    public void Rule_Any_HasASeededFault(string rule) =>
        Assert.Contains(Faults, row => row.Data.Item1 == rule);

    /// <summary>What looks like a fault and is none: rule, path, contents.</summary>
    public static TheoryData<string, string, string> Innocents => new()
    {
        { nameof(LayoutRules.NothingBuiltIsCommitted), "docs/picture.png", "\0" },
        { nameof(LayoutRules.ServicesAreIndependent), "services/all-in-one/P.csproj", Reference("../es-sink/P.csproj") },
        { nameof(LayoutRules.ServicesAreIndependent), "services/es-sink/P.csproj", Reference("../runtime/P.csproj") },
        { nameof(LayoutRules.ReadmeIsShort), "README.md", string.Concat(Enumerable.Repeat("line\n", 149)) },
        { nameof(LayoutRules.DecisionsAreNumbered), "docs/decisions/0001-own-codec.md", "" },
        { nameof(SourceRules.NamesSayWhatThingsDo), "services/x/A.cs", "var n = Environment.ProcessorCount; sealed class Commonly;" },
        { nameof(SourceRules.NamesSayWhatThingsDo), "tests/x/FaultHelper.cs", "" },
        { nameof(SourceRules.NoPathsOfOneMachine), "infra/kubernetes/a.yaml", "mountPath: /tmp" },
        { nameof(SourceRules.NoPathsOfOneMachine), "docs/a.md", "https://example.com/home/page, ./data/work/x, $HOME/work/x" },
    };

    [Theory, MemberData(nameof(Innocents))]
    public void Rule_Innocent_IsLeftAlone(string rule, string path, string contents) =>
        Assert.Empty(Rules[rule]([new RepositoryFile(path, contents)]));

    [Fact]
    public void ReadAll_ThisClone_SeesTheFilesThatTheRulesRead()
    {
        var paths = Committed.Value.Select(file => file.Path).ToList();
        Assert.Contains("Directory.Packages.props", paths);
        Assert.Contains("Pipeline.sln", paths);
        Assert.Contains("docs/architecture.md", paths);
        Assert.Contains("tests/repository/RepositoryTests.cs", paths);
    }

    private static string Reference(string include) => $"""<Project><ItemGroup><ProjectReference Include="{include}" /></ItemGroup></Project>""";
}
