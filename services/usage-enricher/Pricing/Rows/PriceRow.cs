using System.Text.Json;

namespace Pipeline.UsageEnricher.Pricing.Rows;

/// <summary>
/// One row to price: {id, provider | null, model, timestamp, usage, price_context?, provider_api_url?}. Members of a name that
/// stands twice count as the last one; other members are ignored.
/// </summary>
/// <param name="At">UTC.</param>
/// <param name="Usage">As it stands: what it holds is judged when it is priced.</param>
internal readonly record struct PriceRow(
    JsonElement Id,
    string? Provider,
    string Model,
    DateTime At,
    JsonElement Usage,
    IReadOnlyDictionary<string, string>? Context,
    string? ApiUrl)
{
    /// <returns>False when a member that every row needs is missing or of another type.</returns>
    public static bool TryRead(JsonElement json, out PriceRow row)
    {
        row = default;
        if (json.ValueKind != JsonValueKind.Object
            || !TryText(json, "provider", out var provider)
            || !TryText(json, "model", out var model) || model is null
            || !TryText(json, "timestamp", out var timestamp) || timestamp is null
            || !TryText(json, "provider_api_url", out var apiUrl)
            || !TryContext(json, out var context)
            || !IsoTimestamp.TryParse(timestamp, out var at))
            return false;

        if (json.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String) _ = id.GetString();
        json.TryGetProperty("usage", out var usage);
        row = new PriceRow(id, provider, model, at, usage, context, apiUrl);
        return true;
    }

    /// <summary>A missing member and null are both no text.</summary>
    private static bool TryText(JsonElement json, string member, out string? text)
    {
        text = null;
        if (!json.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null) return true;
        if (value.ValueKind != JsonValueKind.String) return false;
        text = value.GetString();
        return true;
    }

    private static bool TryContext(JsonElement json, out IReadOnlyDictionary<string, string>? context)
    {
        context = null;
        if (!json.TryGetProperty("price_context", out var value) || value.ValueKind == JsonValueKind.Null) return true;
        if (value.ValueKind != JsonValueKind.Object) return false;

        // Conditions of the catalogue are texts: a value of another type can equal none of them.
        var said = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            said.Remove(member.Name);
            if (member.Value.ValueKind == JsonValueKind.String) said.Add(member.Name, member.Value.GetString()!);
        }

        context = said;
        return true;
    }
}
