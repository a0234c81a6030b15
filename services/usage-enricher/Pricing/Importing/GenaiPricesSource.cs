using System.Globalization;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Reads the shapes of genai-prices and writes ours. Order is kept, because the first match wins. What does not price a call (names,
/// descriptions, comments, extractors) is left out; a member that this import does not know stops it: it may change prices.
/// </summary>
internal static class GenaiPricesSource
{
    private static readonly string[] ProviderMembers =
    [
        "id", "name", "description", "price_comments", "api_pattern", "pricing_urls", "provider_match", "model_match",
        "fallback_model_providers", "extractors", "models",
    ];

    private static readonly string[] ModelMembers =
        ["id", "name", "description", "price_comments", "context_window", "deprecated", "match", "prices", "price_variants"];

    private static readonly string[] DatedMembers = ["constraint", "prices", "when"];

    public static CatalogueDraft Read(DataHead head, JsonElement data, JsonElement units)
    {
        var draft = new CatalogueDraft(head);
        foreach (var unit in units.EnumerateObject()) draft.Units.Add(new DraftLine(unit.Name, LineWriter.ToLine(json => WriteUnit(json, unit))));
        foreach (var provider in data.EnumerateArray())
        {
            RefuseUnknown(provider, ProviderMembers);
            var id = provider.GetProperty("id").GetString()!;
            draft.Providers.Add(new DraftLine(id, LineWriter.ToLine(json => WriteProvider(json, provider))));
            draft.Models.Add(id, [.. provider.GetProperty("models").EnumerateArray().Select(ToModel)]);
        }

        return draft;
    }

    private static void WriteUnit(Utf8JsonWriter json, JsonProperty unit)
    {
        json.WriteString("name", unit.Name);
        json.WriteString("price_key", unit.Value.TryGetProperty("price_key", out var key) ? key.GetString() : unit.Name);
        json.WriteNumber("per", unit.Value.GetProperty("per").GetInt64());
        json.WritePropertyName("dimensions");
        unit.Value.GetProperty("dimensions").WriteTo(json);
    }

    private static void WriteProvider(Utf8JsonWriter json, JsonElement provider)
    {
        json.WriteString("id", provider.GetProperty("id").GetString());
        json.WriteString("api_pattern", provider.GetProperty("api_pattern").GetString());
        Copy(json, provider, "provider_match", "answers_to");
        Copy(json, provider, "model_match", "sells_models");
        Copy(json, provider, "fallback_model_providers", "fallbacks");
        Copy(json, provider, "pricing_urls", "pricing_urls");
    }

    private static DraftLine ToModel(JsonElement model)
    {
        RefuseUnknown(model, ModelMembers);
        return new DraftLine(model.GetProperty("id").GetString()!, LineWriter.ToLine(json =>
        {
            json.WriteString("id", model.GetProperty("id").GetString());
            Copy(json, model, "match", "match");
            WritePrices(json, model.GetProperty("prices"));
            if (Has(model, "price_variants", out var variants)) WriteVariants(json, variants);
        }));
    }

    private static void WritePrices(Utf8JsonWriter json, JsonElement prices)
    {
        json.WriteStartArray("prices");
        if (prices.ValueKind == JsonValueKind.Array)
        {
            foreach (var dated in prices.EnumerateArray()) WriteDated(json, dated);
        }
        else
        {
            json.WriteStartObject();
            WriteRates(json, prices);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteVariants(Utf8JsonWriter json, JsonElement variants)
    {
        json.WriteStartArray("variants");
        foreach (var variant in variants.EnumerateArray())
        {
            if (!variant.GetProperty("when").EnumerateObject().Any()) throw new FormatException("a variant without a condition");
            WriteDated(json, variant);
        }

        json.WriteEndArray();
    }

    private static void WriteDated(Utf8JsonWriter json, JsonElement dated)
    {
        RefuseUnknown(dated, DatedMembers);
        json.WriteStartObject();
        Copy(json, dated, "when", "when");
        if (Has(dated, "constraint", out var constraint)) WritePeriod(json, constraint);
        WriteRates(json, dated.GetProperty("prices"));
        json.WriteEndObject();
    }

    private static void WritePeriod(Utf8JsonWriter json, JsonElement constraint)
    {
        RefuseUnknown(constraint, ["start_date", "start_time", "end_time"]);
        if (Has(constraint, "start_date", out var day)) json.WriteString("from", day.GetString());
        if (!Has(constraint, "start_time", out var start)) return;

        json.WriteStartArray("daily");
        json.WriteStringValue(UtcTime(start.GetString()!));
        json.WriteStringValue(UtcTime(constraint.GetProperty("end_time").GetString()!));
        json.WriteEndArray();
    }

    private static string UtcTime(string time) =>
        DateTimeOffset.Parse($"2000-01-02T{time}", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
            .UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static void WriteRates(Utf8JsonWriter json, JsonElement prices)
    {
        json.WriteStartObject("rates");
        foreach (var rate in prices.EnumerateObject())
        {
            if (rate.Value.ValueKind == JsonValueKind.Null) continue;
            json.WritePropertyName(rate.Name);
            if (rate.Value.ValueKind == JsonValueKind.Number) WritePrice(json, rate.Value);
            else WriteTiered(json, rate.Value);
        }

        json.WriteEndObject();
    }

    private static void WriteTiered(Utf8JsonWriter json, JsonElement tiered)
    {
        RefuseUnknown(tiered, ["base", "tiers"]);
        json.WriteStartObject();
        json.WritePropertyName("base");
        WritePrice(json, tiered.GetProperty("base"));
        json.WriteStartArray("tiers");
        foreach (var tier in tiered.GetProperty("tiers").EnumerateArray())
        {
            json.WriteStartObject();
            json.WriteNumber("over", tier.GetProperty("start").GetInt64());
            json.WritePropertyName("price");
            WritePrice(json, tier.GetProperty("price"));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>As given but for the exponent: a reviewer reads 0.000000125, not 1.25e-07.</summary>
    private static void WritePrice(Utf8JsonWriter json, JsonElement price) =>
        json.WriteRawValue(price.GetDecimal().ToString(CultureInfo.InvariantCulture));

    private static void Copy(Utf8JsonWriter json, JsonElement from, string member, string name)
    {
        if (!Has(from, member, out var value)) return;
        json.WritePropertyName(name);
        value.WriteTo(json);
    }

    private static bool Has(JsonElement from, string member, out JsonElement value) =>
        from.TryGetProperty(member, out value) && value.ValueKind != JsonValueKind.Null;

    private static void RefuseUnknown(JsonElement json, IReadOnlyList<string> known)
    {
        foreach (var member in json.EnumerateObject())
            if (!known.Contains(member.Name))
                throw new FormatException($"unknown member {member.Name}");
    }
}
