using System.Globalization;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>One name of LiteLLM's map with its prices in our units.</summary>
internal sealed class LiteLlmEntry
{
    private const decimal MaxPrice = Rate.MaxPrice;
    private const string SearchPrices = "search_context_cost_per_query";
    private const string SearchKey = "web_searches_kcount";
    private const string SearchSize = "search_context_size";

    private readonly Dictionary<string, PricesOver> _standard = new(StringComparer.Ordinal);
    private readonly List<((string Key, string Value) When, Dictionary<string, PricesOver> Rates)> _variants = [];
    private readonly List<(JsonElement Window, Dictionary<string, PricesOver> Rates)> _windows = [];

    private LiteLlmEntry(string key, string mode) => (Key, Mode) = (key, mode);

    public string Key { get; }
    public string Mode { get; }
    public IReadOnlyDictionary<string, PricesOver> Rates => _standard;

    /// <summary>A price is negative, or higher than any catalogue may hold: a slip, such as a rate for a million where one for a token was meant.</summary>
    public bool IsOutOfRange => _standard.Concat(_variants.SelectMany(static variant => variant.Rates)).Concat(_windows.SelectMany(static window => window.Rates))
        .Any(static rate => rate.Value.Values.Any(price => price < 0 || price > MaxPrice / PerOf(rate.Key)));

    public bool IsZero => _standard.Values.All(static prices => prices.Values.All(static price => price == 0));

    /// <param name="unused">Counts price fields that were not used, by name.</param>
    public static LiteLlmEntry Read(string key, JsonElement json, IDictionary<string, int> unused)
    {
        var mode = json.TryGetProperty("mode", out var said) ? said.GetString() ?? "" : "";
        var entry = new LiteLlmEntry(key, mode);
        foreach (var field in json.EnumerateObject())
        {
            if (LiteLlmFields.TryRead(field.Name, mode, out var read) && field.Value.ValueKind == JsonValueKind.Number) entry.Add(read, field.Value.GetDecimal());
            else if (field.Name == SearchPrices && field.Value.ValueKind == JsonValueKind.Object) entry.AddSearches(field.Value);
            else if (field.Name == "tiered_pricing") entry.AddTiers(field.Value, mode);
            else if (field.Name == "off_peak_pricing") entry.AddWindows(field.Value, mode);
            else if (field.Name.Contains("cost", StringComparison.Ordinal) || field.Name.Contains("pricing", StringComparison.Ordinal))
                unused[field.Name] = unused.TryGetValue(field.Name, out var count) ? count + 1 : 1;
        }

        entry.Settle();
        return entry;
    }

    public void AddRegion(string region, IReadOnlyDictionary<string, PricesOver> rates) =>
        _variants.Add(((PriceVariant.Region, region), new Dictionary<string, PricesOver>(rates, StringComparer.Ordinal)));

    /// <param name="names">Names that the entry answers to.</param>
    public byte[] ToLine(IReadOnlyList<string> names) => LineWriter.ToLine(json =>
    {
        json.WriteString("id", Key);
        WriteMatch(json, names);
        json.WriteStartArray("prices");
        WriteBlock(json, _standard, null, null);
        foreach (var (window, rates) in _windows) WritePeriods(json, window, rates);
        json.WriteEndArray();
        if (_variants.Count == 0) return;
        json.WriteStartArray("variants");
        foreach (var (when, rates) in _variants) WriteBlock(json, rates, when, null);
        json.WriteEndArray();
    });

    private void Add(in LiteLlmField field, decimal price)
    {
        var rates = field.Service is { } service ? VariantOf(service) : _standard;
        Put(rates, field.PriceKey, field.Over, price);
    }

    private static void Put(Dictionary<string, PricesOver> rates, string priceKey, long over, decimal price)
    {
        if (!rates.TryGetValue(priceKey, out var prices)) rates.Add(priceKey, prices = []);
        // Two fields for one price (seconds of a recording as input and output): the one that says something.
        if (!prices.TryGetValue(over, out var known) || known == 0) prices[over] = price;
    }

    private Dictionary<string, PricesOver> VariantOf((string Key, string Value) when)
    {
        foreach (var variant in _variants)
            if (variant.When == when)
                return variant.Rates;
        var rates = new Dictionary<string, PricesOver>(StringComparer.Ordinal);
        _variants.Add((when, rates));
        return rates;
    }

    /// <summary>A search of medium context is the standard one; other sizes are variants where they differ.</summary>
    private void AddSearches(JsonElement sizes)
    {
        decimal? Of(string size) => sizes.TryGetProperty($"{SearchSize}_{size}", out var price) && price.ValueKind == JsonValueKind.Number ? price.GetDecimal() : null;
        if ((Of("medium") ?? Of("low") ?? Of("high")) is not { } standard) return;
        Put(_standard, SearchKey, 0, standard);
        foreach (var size in (string[])["low", "high"])
            if (Of(size) is { } price && price != standard)
                Put(VariantOf((SearchSize, size)), SearchKey, 0, price);
    }

    private void AddTiers(JsonElement tiers, string mode)
    {
        foreach (var tier in tiers.EnumerateArray())
        {
            if (!tier.TryGetProperty("range", out var range)) return;
            var over = (long)range[0].GetDecimal();
            foreach (var field in tier.EnumerateObject())
                if (field.Value.ValueKind == JsonValueKind.Number && LiteLlmFields.TryRead(field.Name, mode, out var read))
                    Add(read with { Over = over }, field.Value.GetDecimal());
        }
    }

    private void AddWindows(JsonElement offPeak, string mode)
    {
        if (!offPeak.TryGetProperty("windows", out var windows)) return;
        var rates = new Dictionary<string, PricesOver>(StringComparer.Ordinal);
        foreach (var field in offPeak.EnumerateObject())
            if (field.Value.ValueKind == JsonValueKind.Number && LiteLlmFields.TryRead(field.Name, mode, out var read))
                Put(rates, read.PriceKey, 0, field.Value.GetDecimal());
        foreach (var window in windows.EnumerateArray()) _windows.Add((window.Clone(), rates));
    }

    /// <summary>What is generated is paid by token where it has token prices; a price for large prompts alone is no price.</summary>
    private void Settle()
    {
        if (_standard.ContainsKey("output_mtok") || _standard.ContainsKey("output_image_mtok")) _standard.Remove("output_images_count");
        foreach (var rates in _variants.Select(static variant => variant.Rates).Append(_standard))
            foreach (var key in rates.Where(static rate => !rate.Value.ContainsKey(0)).Select(static rate => rate.Key).ToArray())
                rates.Remove(key);
        _variants.RemoveAll(static variant => variant.Rates.Count == 0);
    }

    private static void WriteMatch(Utf8JsonWriter json, IReadOnlyList<string> names)
    {
        json.WriteStartObject("match");
        if (names.Count == 1)
        {
            json.WriteString("equals", names[0]);
        }
        else
        {
            json.WriteStartArray("or");
            foreach (var name in names)
            {
                json.WriteStartObject();
                json.WriteString("equals", name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Hours of a window on its days; of several hours each is a period, and prices that it does not name stay the standard ones.</summary>
    private void WritePeriods(Utf8JsonWriter json, JsonElement window, Dictionary<string, PricesOver> rates)
    {
        var all = new Dictionary<string, PricesOver>(_standard, StringComparer.Ordinal);
        foreach (var (key, prices) in rates) all[key] = prices;
        var hours = window.GetProperty("hours_utc");
        string[] spans = hours.ValueKind == JsonValueKind.Array ? [.. hours.EnumerateArray().Select(DataLine.Text)] : [DataLine.Text(hours)];
        foreach (var span in spans)
            WriteBlock(json, all, null, writer =>
            {
                if (window.TryGetProperty("weekdays", out var days))
                {
                    writer.WritePropertyName("days");
                    days.WriteTo(writer);
                }

                var ends = span.Split('-');
                if (ends[0] == ends[1]) return;
                writer.WriteStartArray("daily");
                foreach (var end in ends) writer.WriteStringValue($"{end}:00");
                writer.WriteEndArray();
            });
    }

    private static void WriteBlock(
        Utf8JsonWriter json, IReadOnlyDictionary<string, PricesOver> rates, (string Key, string Value)? when, Action<Utf8JsonWriter>? writePeriod)
    {
        json.WriteStartObject();
        if (when is { } condition)
        {
            json.WriteStartObject("when");
            json.WriteString(condition.Key, condition.Value);
            json.WriteEndObject();
        }

        writePeriod?.Invoke(json);
        json.WriteStartObject("rates");
        foreach (var (key, prices) in rates) WriteRate(json, key, prices);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRate(Utf8JsonWriter json, string priceKey, PricesOver prices)
    {
        var per = PerOf(priceKey);
        json.WritePropertyName(priceKey);
        if (prices.Count == 1)
        {
            json.WriteRawValue(Text(prices[0] * per));
            return;
        }

        json.WriteStartObject();
        json.WritePropertyName("base");
        json.WriteRawValue(Text(prices[0] * per));
        json.WriteStartArray("tiers");
        foreach (var (over, price) in prices.Where(static tier => tier.Key > 0))
        {
            json.WriteStartObject();
            json.WriteNumber("over", over);
            json.WritePropertyName("price");
            json.WriteRawValue(Text(price * per));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static long PerOf(string priceKey) => priceKey switch
    {
        "output_images_count" => 1,
        "output_video_hours" => 3600,
        _ => CatalogueFiles.Embedded.Units.ByPriceKey(priceKey)!.Per,
    };

    /// <summary>Plain digits without zeros at the end: 2.5, not 2.500000 and not 25E-1.</summary>
    private static string Text(decimal price) => (price / 1.0000000000000000000000000000m).ToString(CultureInfo.InvariantCulture);
}

/// <summary>USD for one unit, by the number of input tokens past which it holds.</summary>
internal sealed class PricesOver : SortedDictionary<long, decimal>;
