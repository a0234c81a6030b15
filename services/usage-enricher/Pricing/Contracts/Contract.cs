using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Pricing.Contracts;

/// <summary>
/// What the operator really pays for some calls: rates of its own for some price keys, and a discount on the list amount of the rest.
/// </summary>
/// <param name="Name">1-64 characters of [A-Za-z0-9_.:-]; stands on the event.</param>
/// <param name="From">First day, UTC; null = since ever.</param>
/// <param name="Until">First day on which it no longer holds; null = for good.</param>
/// <param name="Discount">Share of the list amount that is not paid: 0.15 is 15 %. Below 0 is a surcharge.</param>
/// <param name="Rates">By price key, for the unit's own number of units.</param>
public sealed record Contract(
    string Name, ContractScope Scope, DateOnly? From, DateOnly? Until, decimal Discount, IReadOnlyDictionary<string, decimal> Rates)
{
    /// <param name="at">Event time, UTC.</param>
    /// <param name="priceKey">`provider/model` of the entry that the call is priced by.</param>
    public bool Covers(LLMUsageAudit call, DateTime at, string priceKey)
    {
        var day = DateOnly.FromDateTime(at);
        return !(day < From) && !(day >= Until) && Scope.Holds(call, priceKey);
    }

    /// <returns>Not rounded.</returns>
    public decimal NetOf(in PricedLine line) =>
        Rates.TryGetValue(line.Unit.PriceKey, out var rate) ? line.Quantity * rate / line.Unit.Per : line.Amount * (1 - Discount);
}

/// <summary>
/// Which calls a contract is for: all of the named members must hold, each by one of its values. A value may end in `*`. Case does
/// not count.
/// </summary>
public sealed class ContractScope(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
{
    private static readonly Dictionary<string, Func<LLMUsageAudit, string?>> Members = new(StringComparer.Ordinal)
    {
        ["provider"] = static call => call.Provider,
        ["upstream"] = static call => call.Upstream,
        ["region"] = static call => call.Region,
        ["service_tier"] = static call => call.ServiceTier,
        ["tenant"] = static call => call.Attribution.Tenant,
        ["team"] = static call => call.Attribution.Team,
        ["feature"] = static call => call.Attribution.Feature,
        ["environment"] = static call => call.Attribution.Environment,
        ["api_key_id"] = static call => call.Attribution.ApiKeyId,
        ["route"] = static call => call.Attribution.Route,
    };

    /// <summary>Member that is matched with the model asked for, the one that replied and the catalogue entry's.</summary>
    private const string Model = "model";

    private readonly (Func<LLMUsageAudit, string?>? Read, IReadOnlyList<string> Values)[] _conditions =
        [.. values.Select(static member => (member.Key == Model ? null : Members[member.Key], member.Value))];

    public static bool IsKnown(string member) => member == Model || Members.ContainsKey(member);

    public static IEnumerable<string> Names => Members.Keys.Append(Model);

    public bool Holds(LLMUsageAudit call, string priceKey)
    {
        foreach (var (read, wanted) in _conditions)
        {
            var holds = read is not null
                ? IsAny(wanted, read(call))
                : IsAny(wanted, call.ResponseModel) || IsAny(wanted, call.RequestModel) || IsAny(wanted, priceKey[(priceKey.IndexOf('/') + 1)..]);
            if (!holds) return false;
        }

        return true;
    }

    private static bool IsAny(IReadOnlyList<string> wanted, string? value)
    {
        if (value is null) return false;
        foreach (var one in wanted)
            if (one.EndsWith('*') ? value.AsSpan().StartsWith(one.AsSpan(0, one.Length - 1), StringComparison.OrdinalIgnoreCase) : value.Equals(one, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }
}
