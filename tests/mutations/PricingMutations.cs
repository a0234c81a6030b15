namespace Pipeline.Mutations.Tests;

/// <summary>The pricing rules, and how a cost comes about.</summary>
internal static class PricingMutations
{
    private const string Folder = "services/usage-enricher/";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        In("Pricing/PriceBlock.cs", "a part is not paid twice", "own -= line.Quantity;", "own -= 0;"),
        In("Pricing/PriceBlock.cs", "contradictory figures have no price", "return own >= 0;", "return true;"),
        In("Pricing/PriceBlock.cs", "only units around cover what has no rate", "(_units.Around(unit) & Priced) == 0", "false"),
        In("Pricing/PriceBlock.cs", "rates are per so many units", "own * price / entry.Unit.Per", "own * price"),
        In("Pricing/Rate.cs", "a tier begins above its size", "totalInputTokens > Tiers[i].Over", "totalInputTokens >= Tiers[i].Over"),
        In("Pricing/Rate.cs", "the largest tier passed counts", "for (var i = Tiers.Count - 1; i >= 0; i--)", "for (var i = 0; i < Tiers.Count; i++)"),
        In("Pricing/EffectivePeriod.cs", "the first day is included", "DateOnly.FromDateTime(at) < from", "DateOnly.FromDateTime(at) <= from"),
        In("Pricing/EffectivePeriod.cs", "times of day may pass midnight", "end < start ? time >= start || time < end :", ""),
        In("Pricing/EffectivePeriod.cs", "the end of a time of day is excluded", "time >= start && time < end;", "time >= start && time <= end;"),
        In("Pricing/CatalogueModel.cs", "the last period that holds counts", "for (var i = _rates.Length - 1; i > 0; i--)", "for (var i = 1; i < _rates.Length; i++)"),
        In("Pricing/CatalogueModel.cs", "a variant needs all it says", "|| said != value", ""),
        In("Pricing/CatalogueModel.cs", "variants stand over the standard rates", "foreach (var (key, rate) in _variants[i].Rates)\n                        rates.TryAdd(key, rate);", ";"),
        In("Pricing/CatalogueModel.cs", "what a variant leaves out has the standard rate", "foreach (var (key, rate) in _rates[block].Rates) rates.TryAdd(key, rate);", ""),
        In("Pricing/NameMatch.cs", "prefixes", "lowerCaseName.StartsWith(_text, StringComparison.Ordinal)", "lowerCaseName.EndsWith(_text, StringComparison.Ordinal)"),
        In("Pricing/NameMatch.cs", "suffixes", "public override bool Matches(string lowerCaseName) => lowerCaseName.EndsWith(_text, StringComparison.Ordinal);", "public override bool Matches(string lowerCaseName) => lowerCaseName.Contains(_text, StringComparison.Ordinal);"),
        In("Enriching/CallPricer.cs", "missing figures are no zero", "Unknown(CostStatus.UsageMissing, null, [])", "Charged(CostStatus.Free, null, [], [])"),
        In("Enriching/CallPricer.cs", "an unknown model is no zero", "if (answer.Model is null) return Unknown(CostStatus.UnpricedModel, key, []);", "if (answer.Model is null) return Charged(CostStatus.Free, key, [], []);"),
        In("Enriching/CallPricer.cs", "contradictions are ambiguous", "return Unknown(CostStatus.Ambiguous, key, []);", "return Unknown(CostStatus.Priced, key, []);"),
        In("Enriching/CallPricer.cs", "rounding is half-even", "decimal.Round(line.Amount, MoneyScale, MidpointRounding.ToEven)", "decimal.Round(line.Amount, MoneyScale, MidpointRounding.AwayFromZero)"),
        In("Enriching/CallPricer.cs", "a special service without its rates is ambiguous", "_served.IsSpecial && !selection.NamedVariant", "false"),
        In("Enriching/CallPricer.cs", "a repeat costs nothing", "if (Billing.IsRepeat(call)) return", "if (false) return"),
        In("Enriching/CallPricer.cs", "the total is the sum of the items", "total += item.Amount;", "total = item.Amount;"),
        In("Enriching/Billing.cs", "of a background call the retrieval is paid", "call.Operation == Retrieve && !call.Background", "call.Operation == Retrieve"),
        In("Enriching/Billing.cs", "calls over the limit are not charged", "or 405 or 429", "or 405"),
    ];

    private static Mutation In(string file, string rule, string original, string mutant) => new(Suite.Enricher, rule, Folder + file, original, mutant);
}
