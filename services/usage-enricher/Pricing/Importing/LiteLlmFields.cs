using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// What LiteLLM's price fields mean: USD for one unit, with the size of the prompt and the way of service in the name:
/// `input_cost_per_token_above_272k_tokens_priority`.
/// </summary>
internal static partial class LiteLlmFields
{
    private const long Kilo = 1000;

    private static readonly Dictionary<string, string> PriceKeys = new(StringComparer.Ordinal)
    {
        ["input_cost_per_token"] = "input_mtok",
        ["output_cost_per_token"] = "output_mtok",
        ["cache_read_input_token_cost"] = "cache_read_mtok",
        ["input_cost_per_token_cache_hit"] = "cache_read_mtok",
        ["cache_creation_input_token_cost"] = "cache_write_mtok",
        ["cache_creation_input_token_cost_above_1hr"] = "cache_write_1h_mtok",
        ["input_cost_per_audio_token"] = "input_audio_mtok",
        ["output_cost_per_audio_token"] = "output_audio_mtok",
        ["cache_read_input_audio_token_cost"] = "cache_audio_read_mtok",
        ["cache_creation_input_audio_token_cost"] = "cache_audio_write_mtok",
        ["input_cost_per_image_token"] = "input_image_mtok",
        ["output_cost_per_image_token"] = "output_image_mtok",
        ["cache_read_input_image_token_cost"] = "cache_image_read_mtok",
        ["input_cost_per_video_token"] = "input_video_mtok",
        ["output_cost_per_video_token"] = "output_video_mtok",
        ["output_cost_per_reasoning_token"] = "output_reasoning_mtok",
        ["input_cost_per_character"] = "input_mchars",
        ["input_cost_per_pixel"] = "input_gpixels",
        ["input_cost_per_request"] = "requests_kcount",
        ["ocr_cost_per_page"] = "input_document_kpages",
        ["annotation_cost_per_page"] = "input_annotated_document_kpages",
    };

    /// <summary>Fields whose unit follows from what the model does.</summary>
    private static readonly Dictionary<(string Field, string Mode), string> ByMode = new()
    {
        [("input_cost_per_second", "audio_transcription")] = "audio_hours",
        [("output_cost_per_second", "audio_transcription")] = "audio_hours",
        [("output_cost_per_second", "video_generation")] = "output_video_hours",
        [("output_cost_per_video_per_second", "video_generation")] = "output_video_hours",
        [("input_cost_per_image", "image_generation")] = "output_images_count",
        [("output_cost_per_image", "image_generation")] = "output_images_count",
        [("input_cost_per_image", "image_edit")] = "output_images_count",
        [("output_cost_per_image", "image_edit")] = "output_images_count",
        [("input_cost_per_query", "rerank")] = "rerank_searches_kcount",
    };

    private static readonly Dictionary<string, (string Key, string Value)> Services = new(StringComparer.Ordinal)
    {
        ["batches"] = (PriceVariant.Processing, "batch"),
        ["flex"] = (PriceVariant.ServiceTier, "flex"),
        ["priority"] = (PriceVariant.ServiceTier, "priority"),
        ["ultrafast"] = (PriceVariant.ServiceTier, "ultrafast"),
        ["balanced"] = (PriceVariant.ServiceTier, "balanced"),
        ["decisions"] = (PriceVariant.ServiceTier, "decisions"),
    };

    [GeneratedRegex(@"\A(?<field>.+?)(?:_above_(?<size>\d+)k_tokens)?(?:_(?<service>batches|flex|priority|ultrafast|balanced|decisions))?\z")]
    private static partial Regex Name();

    /// <returns>False when the field is no price of a unit that calls report.</returns>
    public static bool TryRead(string field, string mode, out LiteLlmField read)
    {
        var name = Name().Match(field);
        var service = name.Groups["service"] is { Success: true } said ? Services[said.Value] : default((string Key, string Value)?);
        var over = name.Groups["size"] is { Success: true } size ? long.Parse(size.ValueSpan, CultureInfo.InvariantCulture) * Kilo : 0;
        var known = PriceKeys.TryGetValue(name.Groups["field"].Value, out var key) || ByMode.TryGetValue((name.Groups["field"].Value, mode), out key);
        read = new LiteLlmField(key ?? "", over, service);
        return known;
    }
}

/// <param name="Over">Input tokens past which the price holds; 0 = from the first.</param>
/// <param name="Service">The variant it is for; null = the standard price.</param>
internal readonly record struct LiteLlmField(string PriceKey, long Over, (string Key, string Value)? Service);
