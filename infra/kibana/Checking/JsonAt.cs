using System.Text.Json;

namespace Pipeline.Kibana.Checking;

/// <summary>Reading JSON that may lack anything: what is absent is Undefined, empty or null.</summary>
internal static class JsonAt
{
    public static JsonElement At(this JsonElement node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (node.ValueKind != JsonValueKind.Object || !node.TryGetProperty(name, out var child)) return default;
            node = child;
        }

        return node;
    }

    public static string? Text(this JsonElement node) => node.ValueKind == JsonValueKind.String ? node.GetString() : null;

    public static int? Number(this JsonElement node) => node.ValueKind == JsonValueKind.Number && node.TryGetInt32(out var number) ? number : null;

    public static bool IsTrue(this JsonElement node) => node.ValueKind == JsonValueKind.True;

    public static IEnumerable<JsonElement> Items(this JsonElement node) => node.ValueKind == JsonValueKind.Array ? node.EnumerateArray() : [];

    public static IEnumerable<JsonProperty> Members(this JsonElement node) => node.ValueKind == JsonValueKind.Object ? node.EnumerateObject() : [];

    public static IEnumerable<string> Texts(this JsonElement node) => node.Items().Select(static item => item.Text() ?? "");

    /// <summary>Null for what is no JSON.</summary>
    public static JsonElement? Parse(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<JsonElement>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
