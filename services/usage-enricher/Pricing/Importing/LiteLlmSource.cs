using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Reads LiteLLM's map, a flat list of names, into providers and entries of ours:
/// <code>
///   gpt-x {litellm_provider: openai, input_cost_per_token, …_above_200k_tokens, …_flex}   entry of openai, tiers and variants
///   azure/gpt-x                                                                            entry of azure, also under its bare name
///   bedrock/us-gov-west-1/anthropic.claude-x                                               variant of anthropic.claude-x for the region
/// </code>
/// An entry whose prices are all zero is taken for free only where it says so: the map writes zero for "not known" as well. Not
/// taken over: provisioned throughput, units of account that are not money, prices by size of picture or video.
/// </summary>
internal sealed partial class LiteLlmSource(DataHead head)
{
    private const string Specimen = "sample_spec";

    private static readonly string[] FreeProviders = ["ollama", "lemonade"];

    /// <summary>Images and seconds of generated video, which the first catalogue has no units for.</summary>
    private static readonly (string Name, string PriceKey, long Per, string Family, string Modality)[] OwnUnits =
    [
        ("output_images", "output_images_count", 1, "images", "image"),
        ("output_video_seconds", "output_video_hours", 3600, "durations", "video"),
    ];

    private readonly List<string> _leftOut = [];

    /// <summary>Entries without a usable price, with the reason; then fields that were not used, with their count.</summary>
    public IReadOnlyList<string> LeftOut => _leftOut;

    [GeneratedRegex(@"\Abedrock/(?<region>[a-z]{2}(?:-[a-z]+)+-\d)/(?<model>[^/]+)\z")]
    private static partial Regex RegionalKey();

    public CatalogueDraft Read(JsonElement map)
    {
        var draft = new CatalogueDraft(head);
        WriteUnits(draft);
        var entries = new Dictionary<string, List<LiteLlmEntry>>(StringComparer.Ordinal);
        var unused = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var model in map.EnumerateObject())
        {
            if (model.Name == Specimen || !model.Value.TryGetProperty("litellm_provider", out var provider)) continue;
            var group = LiteLlmProviders.GroupOf(provider.GetString()!);
            var entry = LiteLlmEntry.Read(model.Name, model.Value, unused);
            if (Refusal(entry, group) is { } reason) _leftOut.Add($"{model.Name}: {reason}");
            else if (entries.TryGetValue(group, out var known)) known.Add(entry);
            else entries.Add(group, [entry]);
        }

        foreach (var (group, members) in entries)
        {
            var keys = members.Select(static entry => entry.Key).ToHashSet(StringComparer.Ordinal);
            var models = FoldRegions(members).Select(entry => new DraftLine(entry.Key, entry.ToLine(LiteLlmProviders.NamesOf(group, entry.Key, keys)))).ToList();
            draft.Providers.Add(new DraftLine(group, LineWriter.ToLine(json => LiteLlmProviders.Write(json, group, entries.ContainsKey))));
            draft.Models.Add(group, models);
        }

        _leftOut.AddRange(unused.Select(static field => string.Create(CultureInfo.InvariantCulture, $"field {field.Key}: not used, {field.Value} entries")));
        return draft;
    }

    private static string? Refusal(LiteLlmEntry entry, string group)
    {
        if (entry.Key.Contains("-commitment/", StringComparison.Ordinal)) return "provisioned throughput is not priced by call";
        if (entry.Rates.Count == 0) return "no price by a unit that calls report";
        if (entry.IsOutOfRange) return "a price is negative or beyond any that a catalogue may hold";
        if (!entry.IsZero || FreeProviders.Contains(group) && !entry.Key.EndsWith("-cloud", StringComparison.Ordinal)) return null;
        return entry.Key.EndsWith(":free", StringComparison.Ordinal) || entry.Key.EndsWith("-free", StringComparison.Ordinal) || entry.Mode == "moderation"
            ? null
            : "all prices are zero, which may mean not known; if it is free, say so in the overrides";
    }

    /// <summary>Entries of one region of a model become variants of the model where it has an entry.</summary>
    private static IEnumerable<LiteLlmEntry> FoldRegions(List<LiteLlmEntry> entries)
    {
        var byKey = entries.ToDictionary(static entry => entry.Key, StringComparer.Ordinal);
        var folded = new HashSet<LiteLlmEntry>();
        foreach (var entry in entries)
        {
            if (RegionalKey().Match(entry.Key) is not { Success: true } regional || !byKey.TryGetValue(regional.Groups["model"].Value, out var model)) continue;
            model.AddRegion(regional.Groups["region"].Value, entry.Rates);
            folded.Add(entry);
        }

        return entries.Where(entry => !folded.Contains(entry));
    }

    private static void WriteUnits(CatalogueDraft draft)
    {
        foreach (var unit in CatalogueFiles.Embedded.Units.Units)
        {
            if (unit.Dimensions.GetValueOrDefault("token_type") == "citation") continue;
            draft.Units.Add(new DraftLine(unit.Name, LineWriter.ToLine(json => WriteUnit(json, unit.Name, unit.PriceKey, unit.Per, unit.Dimensions))));
        }

        foreach (var (name, priceKey, per, family, modality) in OwnUnits)
        {
            var dimensions = new Dictionary<string, string> { ["family"] = family, ["direction"] = "output", ["modality"] = modality };
            draft.Units.Add(new DraftLine(name, LineWriter.ToLine(json => WriteUnit(json, name, priceKey, per, dimensions))));
        }
    }

    private static void WriteUnit(Utf8JsonWriter json, string name, string priceKey, long per, IReadOnlyDictionary<string, string> dimensions)
    {
        json.WriteString("name", name);
        json.WriteString("price_key", priceKey);
        json.WriteNumber("per", per);
        json.WriteStartObject("dimensions");
        foreach (var (dimension, value) in dimensions) json.WriteString(dimension, value);
        json.WriteEndObject();
    }
}
