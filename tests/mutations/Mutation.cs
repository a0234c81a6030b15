namespace Pipeline.Mutations.Tests;

/// <summary>Which tests must notice a mutation.</summary>
public enum Suite
{
    /// <summary>tests/gateway-edge, namespace Metering.</summary>
    Metering,

    /// <summary>tests/usage-enricher, whole.</summary>
    Enricher,
}

/// <summary>One rule broken on purpose.</summary>
/// <param name="Rule">The rule, in words of the domain.</param>
/// <param name="File">Path from the repository's root.</param>
/// <param name="Original">Text that stands exactly once in the file.</param>
/// <param name="Mutant">What stands there instead; it must compile.</param>
public sealed record Mutation(Suite Suite, string Rule, string File, string Original, string Mutant)
{
    public override string ToString() => $"{Path.GetFileNameWithoutExtension(File)}: {Rule}";
}
