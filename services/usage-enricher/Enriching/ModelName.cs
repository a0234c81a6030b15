using System.Text.RegularExpressions;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>Takes a model's name out of what some APIs wrap around it.</summary>
internal static partial class ModelName
{
    [GeneratedRegex(@"\A(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/[^/]+/)?models/", RegexOptions.CultureInvariant)]
    private static partial Regex ResourcePrefix();

    /// <summary>Percent-encoding undone, resource prefixes removed: `publishers/google/models/gemini-x` is gemini-x.</summary>
    /// <returns>The same instance when there is nothing to remove.</returns>
    public static string Bare(string name)
    {
        var decoded = name.Contains('%') ? Uri.UnescapeDataString(name) : name;
        var prefix = ResourcePrefix().Match(decoded);
        return prefix.Success && prefix.Length < decoded.Length ? decoded[prefix.Length..] : decoded;
    }
}
