using System.Text.Json;

namespace Pipeline.EsSink.Provisioning;

/// <summary>The version in the answer of a cluster's root.</summary>
internal static class ClusterVersion
{
    /// <returns>8 for `{"version":{"number":"8.19.21"}}`; null when it does not say.</returns>
    public static int? MajorOf(ReadOnlySpan<byte> root)
    {
        try
        {
            var reader = new Utf8JsonReader(root);
            var element = JsonElement.ParseValue(ref reader);
            var isThere = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("version", out var version)
                && version.ValueKind == JsonValueKind.Object && version.TryGetProperty("number", out element);
            if (!isThere || element.ValueKind != JsonValueKind.String) return null;
            return int.TryParse(element.GetString()!.Split('.')[0], out var major) ? major : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
