using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Contracts;

/// <summary>
/// The operator's contracts, one a line; the first that fits a call holds:
/// <code>
///   {"name":"openai-2026","when":{"provider":"openai","team":["search","ads*"]},"from":"2026-01-01","until":"2027-01-01","discount_percent":15}
///   {"name":"own-rates","when":{"model":"gpt-5*"},"rates":{"input_mtok":1.1,"output_mtok":9}}
/// </code>
/// Unknown members are errors: a misspelt condition would be a discount for everybody.
/// </summary>
internal static partial class ContractFile
{
    public const int MaxContracts = 1_000;

    private const decimal MostDiscountPercent = 100;
    private const decimal LeastDiscountPercent = -1_000;

    private static readonly string[] Known = ["name", "when", "from", "until", "discount_percent", "rates", "note"];

    [GeneratedRegex(@"\A[A-Za-z0-9_.:-]{1,64}\z")]
    private static partial Regex Name();

    /// <exception cref="DataFormatException">A line is not what the format says.</exception>
    public static IReadOnlyList<Contract> Read(string file, byte[] bytes, UnitRegistry units)
    {
        var contracts = DataLine.SplitHeadless(file, bytes).Select(line => line.Read(json => ToContract(json, units))).ToArray();
        if (contracts.Length > MaxContracts) throw new DataFormatException(file, 0, $"at most {MaxContracts} contracts");
        var twice = contracts.GroupBy(static contract => contract.Name, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1);
        return twice is null ? contracts : throw new DataFormatException(file, 0, $"two contracts are named {twice.Key}");
    }

    private static Contract ToContract(JsonElement json, UnitRegistry units)
    {
        foreach (var member in json.EnumerateObject())
            if (!Known.Contains(member.Name))
                throw new FormatException($"unknown member {member.Name}; a contract has {string.Join(", ", Known)}");

        var name = DataLine.Text(json, "name");
        if (!Name().IsMatch(name)) throw new FormatException("a name is 1 to 64 characters of [A-Za-z0-9_.:-]");
        var percent = json.TryGetProperty("discount_percent", out var given) ? given.GetDecimal() : 0;
        if (percent is > MostDiscountPercent or < LeastDiscountPercent) throw new FormatException($"discount_percent is {LeastDiscountPercent} to {MostDiscountPercent}");
        var rates = json.TryGetProperty("rates", out var own) ? ToRates(own, units) : [];
        if (percent == 0 && rates.Count == 0) throw new FormatException("a contract needs discount_percent or rates");
        var (from, until) = (ToDay(json, "from"), ToDay(json, "until"));
        if (from >= until) throw new FormatException("until is not after from");
        return new Contract(name, new ContractScope(ToScope(json)), from, until, percent / 100, rates);
    }

    private static Dictionary<string, decimal> ToRates(JsonElement json, UnitRegistry units)
    {
        var rates = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var rate in json.EnumerateObject())
        {
            if (units.ByPriceKey(rate.Name) is null) throw new FormatException($"no unit has the price key {rate.Name}");
            var price = rate.Value.GetDecimal();
            if (price is < 0 or > Rate.MaxPrice) throw new FormatException($"a rate is 0 to {Rate.MaxPrice}, not {price}");
            rates.Add(rate.Name, price);
        }

        return rates;
    }

    private static Dictionary<string, IReadOnlyList<string>> ToScope(JsonElement json)
    {
        var scope = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (!json.TryGetProperty("when", out var when)) return scope;
        foreach (var member in when.EnumerateObject())
        {
            if (!ContractScope.IsKnown(member.Name)) throw new FormatException($"unknown condition {member.Name}; known are {string.Join(", ", ContractScope.Names)}");
            string[] values = member.Value.ValueKind == JsonValueKind.Array ? [.. member.Value.EnumerateArray().Select(DataLine.Text)] : [DataLine.Text(member.Value)];
            if (values.Length == 0) throw new FormatException($"{member.Name} has no value");
            scope.Add(member.Name, values);
        }

        return scope;
    }

    private static DateOnly? ToDay(JsonElement json, string name) =>
        json.TryGetProperty(name, out var day) ? DateOnly.ParseExact(DataLine.Text(day), "yyyy-MM-dd", CultureInfo.InvariantCulture) : null;
}
