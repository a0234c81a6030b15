using Pipeline.TestKit;

namespace Pipeline.Mutations.Tests;

/// <summary>Each extractor and each pricing rule is broken on purpose; at least one test must fail for each.</summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    private static readonly Mutation[] All = [.. MeteringMutations.All, .. PricingMutations.All];

    [Fact]
    public void EveryMutation_StandsOnceInItsFile()
    {
        var wrong = All.Where(static mutation => Occurrences(mutation) != 1 || mutation.Original == mutation.Mutant)
            .Select(static mutation => $"{mutation}: its original stands {Occurrences(mutation)} times in {mutation.File}");
        Assert.Empty(wrong);
        Assert.Equal(All.Length, All.Select(static mutation => mutation.ToString()).Distinct().Count());
    }

    [Fact]
    public void EveryReaderOfReplies_IsMutated()
    {
        var readers = Directory.GetFiles(Path.Combine(Repository.Root, "services/gateway-edge/Metering"), "*.cs", SearchOption.AllDirectories)
            .Where(static path => path.Contains("/Usage/", StringComparison.Ordinal) || path.EndsWith("Reader.cs", StringComparison.Ordinal))
            .Where(static path => File.ReadAllText(path).Contains("override", StringComparison.Ordinal) || path.EndsWith("Usage.cs", StringComparison.Ordinal))
            .Select(static path => Path.GetRelativePath(Repository.Root, path));
        Assert.Empty(readers.Except(All.Select(static mutation => mutation.File)));
    }

    [Fact(Explicit = true)]
    public void EveryMutation_IsNoticedByATest()
    {
        // Some of them while a rule is being worked on: PIPELINE_MUTATION='ticks|searches' ./test --long mutations
        var only = (Environment.GetEnvironmentVariable("PIPELINE_MUTATION") ?? "").Split('|');
        Mutation[] chosen = [.. All.Where(mutation => only.Any(part => mutation.ToString().Contains(part, StringComparison.OrdinalIgnoreCase)))];
        using var workshop = Workshop.Open(chosen.Select(static mutation => mutation.Suite).Distinct());
        var unnoticed = new List<string>();
        foreach (var mutation in chosen)
        {
            var problem = workshop.Try(mutation);
            output.WriteLine($"{(problem is null ? "noticed" : "SURVIVED")}  {mutation}{(problem is null ? "" : ": " + problem.Split(':')[0])}");
            if (problem is not null) unnoticed.Add($"{mutation}: {problem}");
        }

        output.WriteLine($"{chosen.Length - unnoticed.Count} of {chosen.Length} noticed");
        Assert.Empty(unnoticed);
    }

    private static int Occurrences(Mutation mutation)
    {
        var path = Path.Combine(Repository.Root, mutation.File);
        return File.Exists(path) ? File.ReadAllText(path).Split(mutation.Original).Length - 1 : 0;
    }
}
