namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>Says what differs between two lines of a catalogue that are the same thing, as they are written.</summary>
internal static class Comparison
{
    /// <summary>Prices that differ by more than this are taken for a slip.</summary>
    public const decimal MaxMove = 10;

    private static readonly string[] ProviderMembers = ["api_pattern", "answers_to", "sells_models", "fallbacks"];

    /// <returns>How far apart two prices are; null when they are the same.</returns>
    public static ImportChangeKind? Of(decimal before, decimal after) =>
        before == after ? null
        : before == 0 || after == 0 ? ImportChangeKind.CrossedZero
        : after > before * MaxMove || before > after * MaxMove ? ImportChangeKind.MovedFar
        : ImportChangeKind.Moved;

    public static bool IsSlip(ImportChangeKind kind) => kind is ImportChangeKind.CrossedZero or ImportChangeKind.MovedFar or ImportChangeKind.LostDimension;

    /// <returns>Every difference of two entries; none is marked as refused.</returns>
    public static IEnumerable<ImportChange> OfEntries(string key, CatalogueModel before, CatalogueModel after, DraftLine lineBefore, DraftLine lineAfter)
    {
        if (lineBefore.IsSameAs(lineAfter)) yield break;
        if (Differing(lineBefore, lineAfter, "match") is { } match) yield return new ImportChange(key, ImportChangeKind.Match, match, false);
        foreach (var change in OfPrices(key, PriceList.Of(before), PriceList.Of(after))) yield return change;
        var (times, timesAfter) = (PriceList.TimesAndVariants(before), PriceList.TimesAndVariants(after));
        if (!times.SequenceEqual(timesAfter)) yield return new ImportChange(key, ImportChangeKind.Times, $"{string.Join(", ", times)} -> {string.Join(", ", timesAfter)}", false);
    }

    private static IEnumerable<ImportChange> OfPrices(string key, IReadOnlyDictionary<string, decimal> before, IReadOnlyDictionary<string, decimal> after)
    {
        foreach (var (dimension, old) in before)
            if (!after.TryGetValue(dimension, out var now)) yield return new ImportChange(key, ImportChangeKind.LostDimension, $"{dimension} {old} is gone", false);
            else if (Of(old, now) is { } kind) yield return new ImportChange(key, kind, $"{dimension} {old} -> {now}", false);
        foreach (var (dimension, now) in after)
            if (!before.ContainsKey(dimension)) yield return new ImportChange(key, ImportChangeKind.NewDimension, $"{dimension} {now}", false);
    }

    /// <returns>Null when the unit is the same.</returns>
    public static ImportChange? OfUnits(PricedUnit before, PricedUnit after)
    {
        var (old, now) = (Describe(before), Describe(after));
        return old == now ? null : new ImportChange($"units/{before.Name}", ImportChangeKind.Unit, $"{old} -> {now}", false);
    }

    public static IEnumerable<ImportChange> OfProviders(DraftLine before, DraftLine after) =>
        before.IsSameAs(after)
            ? []
            : ProviderMembers.Select(member => Differing(before, after, member)).OfType<string>()
                .Select(change => new ImportChange($"{before.Id}/*", ImportChangeKind.Provider, change, false));

    /// <returns>Null when what both have is in the same order.</returns>
    public static ImportChange? OfOrder(string key, IReadOnlyList<DraftLine> before, IReadOnlyList<DraftLine> after)
    {
        var (old, now) = (before.Select(static line => line.Id).ToHashSet(StringComparer.Ordinal), after.Select(static line => line.Id).ToHashSet(StringComparer.Ordinal));
        string[] kept = [.. before.Select(static line => line.Id).Where(now.Contains)], keptAfter = [.. after.Select(static line => line.Id).Where(old.Contains)];
        var at = kept.Zip(keptAfter).TakeWhile(static pair => pair.First == pair.Second).Count();
        return at == kept.Length ? null : new ImportChange(key, ImportChangeKind.Order, $"{keptAfter[at]} is now before {kept[at]}", false);
    }

    private static string? Differing(DraftLine before, DraftLine after, string member)
    {
        var (old, now) = (before.Member(member), after.Member(member));
        return old == now ? null : $"{member} {old} -> {now}";
    }

    private static string Describe(PricedUnit unit) =>
        $"{unit.PriceKey} per {unit.Per} [{string.Join(' ', unit.Dimensions.OrderBy(static d => d.Key, StringComparer.Ordinal).Select(static d => $"{d.Key}={d.Value}"))}]";
}
