using System.Text.RegularExpressions;

namespace Pipeline.UsageEnricher.Enriching;

/// <summary>Takes a model's name out of what some APIs wrap around it, and tells whether two names are of one model.</summary>
internal static partial class ModelName
{
    [GeneratedRegex(@"\A(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/[^/]+/)?models/", RegexOptions.CultureInvariant)]
    private static partial Regex ResourcePrefix();

    /// <summary>Bedrock's ids: (geography.)vendor.model-v1:0.</summary>
    [GeneratedRegex(
        @"\A(?:(?:us|us-gov|eu|apac|jp|au|ca|global)\.)?(?:ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen)\.(?<model>.+?)(?:-v[0-9]+(?::[0-9]+)?)?\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex BedrockId();

    /// <summary>Snapshots by yyyy-mm-dd, yyyymmdd, yymm or mmdd, and Google's by number.</summary>
    [GeneratedRegex(
        @"\A(?<model>.+)[-@](?<snapshot>20[0-9]{2}-[01][0-9]-[0-3][0-9]|20[0-9]{2}[01][0-9][0-3][0-9]|2[0-9](?:0[1-9]|1[0-2])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|00[0-9])\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Snapshot();

    [GeneratedRegex(@"\A(?<model>.+)[-:]latest\z", RegexOptions.CultureInvariant)]
    private static partial Regex Latest();

    /// <summary>Percent-encoding undone, resource prefixes removed: `publishers/google/models/gemini-x` is gemini-x.</summary>
    /// <returns>The same instance when there is nothing to remove.</returns>
    public static string Bare(string name)
    {
        var decoded = name.Contains('%') ? Uri.UnescapeDataString(name) : name;
        var prefix = ResourcePrefix().Match(decoded);
        return prefix.Success && prefix.Length < decoded.Length ? decoded[prefix.Length..] : decoded;
    }

    /// <summary>
    /// One name is the other, or the other without its snapshot, its vendor or what a cloud wraps around it: gpt-4o and
    /// gpt-4o-2024-08-06, claude-x-latest and claude-x-20241022. Two different snapshots are two models; so are names that merely
    /// begin alike.
    /// </summary>
    public static bool IsSameModel(string one, string other)
    {
        var (first, firstSnapshot) = Split(one);
        var (second, secondSnapshot) = Split(other);
        if (firstSnapshot is not null && secondSnapshot is not null && firstSnapshot != secondSnapshot) return false;
        return first == second
            || (first.Contains('/') != second.Contains('/') && first[(first.LastIndexOf('/') + 1)..] == second[(second.LastIndexOf('/') + 1)..]);
    }

    private static (string Model, string? Snapshot) Split(string name)
    {
        var model = Bare(name).ToLowerInvariant();
        if (BedrockId().Match(model) is { Success: true } wrapped) model = wrapped.Groups["model"].Value;
        if (Latest().Match(model) is { Success: true } latest) return (latest.Groups["model"].Value, null);
        return Snapshot().Match(model) is { Success: true } dated
            ? (dated.Groups["model"].Value, dated.Groups["snapshot"].Value.Replace("-", "", StringComparison.Ordinal))
            : (model, null);
    }
}
