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
        In("Pricing/CatalogueModel.cs", "variants stand over the standard rates", "foreach (var (key, rate) in _variants[i].Rates)\n                        rates.TryAdd(key, rate);", ";"),
        In("Pricing/CatalogueModel.cs", "what a variant leaves out has the standard rate", "foreach (var (key, rate) in _rates[block].Rates) rates.TryAdd(key, rate);", ""),
        In("Pricing/NameMatch.cs", "prefixes", "lowerCaseName.StartsWith(_text, StringComparison.Ordinal)", "lowerCaseName.EndsWith(_text, StringComparison.Ordinal)"),
        In("Pricing/NameMatch.cs", "suffixes", "public override bool Matches(string lowerCaseName) => lowerCaseName.EndsWith(_text, StringComparison.Ordinal);", "public override bool Matches(string lowerCaseName) => lowerCaseName.Contains(_text, StringComparison.Ordinal);"),
        In("Enriching/CallPricer.cs", "missing figures are no zero", "Billing.IsUncharged(call) ? CostStatus.Free : CostStatus.UsageMissing", "CostStatus.Free"),
        In("Enriching/CallPricer.cs", "a repeat costs nothing", "Billing.IsRepeat(call) || ", ""),
        In("Enriching/CallPricer.cs", "every pass that is charged has a price", "i < call.Billed.Count", "i < Math.Min(1, call.Billed.Count)"),
        In("Enriching/CallPricer.cs", "passes have their own models", "call.Billed[i].Model, i == 0", "null, i == 0"),
        In("Enriching/CallPricer.cs", "figures that do not add up are in doubt", "call.UsageQuality == UsageQuality.Inconsistent", "call.UsageQuality == UsageQuality.Unknown"),
        In("Enriching/CallPricer.cs", "half of a text reply's usage is not whole", " || !WholeUsage.IsTold(call)", ""),
        In("Enriching/WholeUsage.cs", "a total shows that the other side is none", "({ } input, null) => usage.ProviderTotal == input", "({ } input, null) => false"),
        In("Intake/Otel/CallSpan.cs", "a call of another model is a call of its own", "other.Models.Any(two => ModelName.IsSameModel(one, two))", "true"),
        In("Intake/Otel/CallSpan.cs", "another kind of operation is a call of its own", "KindOf(Operation) == KindOf(other.Operation)", "true"),
        In("Intake/Otel/OtlpTraces.cs", "what a tool or an agent calls is its own", " && !above.IsOfItsOwn;", ";"),
        In("Intake/Otel/WrappedCalls.cs", "a framework's span is not booked beside its client's", "outer.IsPassedOver = true;", "outer.IsPassedOver = false;"),
        In("Intake/Otel/WrappedCalls.cs", "a larger call below is a call of its own", "outer.Figures.MayHold(Sum(direct)) ? direct : []", "direct"),
        In("Enriching/InclusiveUsage.cs", "tokens beside the total are output of their kind", "Add(figures, around, (long)count);\n        return true;", "return true;"),
        In("Enriching/CostSum.cs", "rounding is half-even", "decimal.Round(amount, MoneyScale, MidpointRounding.ToEven)", "decimal.Round(amount, MoneyScale, MidpointRounding.AwayFromZero)"),
        In("Enriching/CostSum.cs", "the list total is the sum of the items", "list += line.Amount;", "list = line.Amount;"),
        In("Enriching/CostSum.cs", "the net total is the sum of the items", "net += line.NetAmount;", "net += line.Amount;"),
        In("Enriching/CostSum.cs", "contracts make net out of list", "_entryContract?.NetOf(line) ?? line.Amount", "line.Amount"),
        In("Enriching/CostSum.cs", "unknown money is no zero", "status == CostStatus.Free ? 0m : (decimal?)null", "0m"),
        In("Enriching/ModelLookup.cs", "the reply's name comes before the request's in every list", "isSame ? listed.Concat(Listed(provider, asked)) : listed", "Listed(provider, asked).Concat(listed)"),
        In("Enriching/ModelLookup.cs", "another model's reply is in doubt", "var isDoubtful = found is null;", "var isDoubtful = false;"),
        In("Enriching/ModelLookup.cs", "an override of the model asked for is no other model's", "if (isSame || !Listed(provider, asked).Any()) own", "own"),
        In("Enriching/RoutedModel.cs", "who serves a routed model is known by its exact name", "answer && id == Provider ?", "answer && id is not null ?"),
        In("Enriching/ModelLookup.cs", "a routed model's price is certain by the request", " || RoutedModel.Of(provider, asked) is not null;", ";"),
        In("Enriching/CostSum.cs", "the key to add is the event's, not a list's", "_entry!.KeyToAdd", "_entry!.Key"),
        In("Enriching/ModelName.cs", "two snapshots are two models", "firstSnapshot != secondSnapshot) return false;", "firstSnapshot != secondSnapshot) { }"),
        In("Enriching/Billing.cs", "of a background call the retrieval is paid", "call.Operation == Retrieve && !call.Background", "call.Operation == Retrieve"),
        In("Enriching/Billing.cs", "calls over the limit are not charged", "or 405 or 429", "or 405"),
        In("Enriching/Billing.cs", "calls over the limit are not charged, with or without a status", "Outcome.Rejected or Outcome.RateLimited", "Outcome.Rejected"),
    ];

    private static Mutation In(string file, string rule, string original, string mutant) => new(Suite.Enricher, rule, Folder + file, original, mutant);
}
