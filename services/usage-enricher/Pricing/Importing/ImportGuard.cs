using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Compares a new catalogue with the one it replaces, and keeps what was there where the new one looks like a slip:
/// <code>
///   as written    every price of every time and way of service, match rules, order, providers, units; all differences are told
///                 kept: a price that moved more than <see cref="Comparison.MaxMove"/> times, became zero or stopped being zero; a price, a time, a way
///                 of service, an entry, a provider that is gone; a unit that means something else
///   as priced     every name of either catalogue, at every edge of a period, in every way of service, for every unit and tier
///                 kept: whichever line it lies in that a call costs more than so many times as much, or nothing, or something, or is unknown
/// </code>
/// What the operator approved by its key passes.
/// </summary>
internal sealed class ImportGuard(IReadOnlyList<string> approved)
{
    /// <summary>Rounds in which single lines are put back; then it is whole providers, and last everything.</summary>
    private const int MaxRounds = 8;

    private readonly List<ImportChange> _changes = [];

    /// <param name="folder">The catalogue that is there; its lines take the place of refused ones in the draft.</param>
    /// <exception cref="DataFormatException">The folder holds another catalogue, or one that cannot be read.</exception>
    public IReadOnlyList<ImportChange> Check(string folder, CatalogueDraft draft)
    {
        var (before, lines, after) = (CatalogueFiles.ReadFolder(folder), CatalogueDraft.Read(folder), draft.ToCatalogue());
        if (!before.Id.StartsWith(draft.Head.Catalogue + "-", StringComparison.Ordinal))
            throw new DataFormatException(CatalogueFiles.Providers, 0, $"the folder holds {before.Id}, not {draft.Head.Catalogue}; give another folder");

        _changes.Clear();
        var restore = new DraftRestore(lines, draft);
        CheckAdded(before, lines, after, restore);
        CheckUnits(before.Units, after.Units, restore);
        CheckProviders(lines, draft, restore);
        foreach (var provider in before.Providers.Where(provider => draft.Models.ContainsKey(provider.Id)))
            CheckEntries(provider, after.Providers.FirstOrDefault(other => other.Id == provider.Id), lines.Models[provider.Id], draft.Models[provider.Id], restore);
        Probe(before, draft, restore);
        return _changes;
    }

    private void CheckUnits(UnitRegistry before, UnitRegistry after, DraftRestore restore)
    {
        foreach (var unit in before.Units)
        {
            var change = after.ByName(unit.Name) is { } other ? Comparison.OfUnits(unit, other) : new ImportChange($"units/{unit.Name}", ImportChangeKind.Removed, "the unit is gone", false);
            if (change is null) continue;
            var refused = !IsApproved(change.Key);
            if (refused) restore.Unit(unit.Name);
            _changes.Add(change with { IsRefused = refused });
        }

        foreach (var unit in after.Units.Where(unit => before.ByName(unit.Name) is null))
            _changes.Add(new ImportChange($"units/{unit.Name}", ImportChangeKind.Added, $"{unit.PriceKey} per {unit.Per}", false));
    }

    private void CheckProviders(CatalogueDraft lines, CatalogueDraft draft, DraftRestore restore)
    {
        foreach (var old in lines.Providers)
        {
            var key = $"{old.Id}/*";
            if (draft.Providers.FirstOrDefault(line => line.Id == old.Id) is { Id: not null } now) _changes.AddRange(Comparison.OfProviders(old, now));
            else if (IsApproved(key)) _changes.Add(new ImportChange(key, ImportChangeKind.Removed, $"{lines.Models[old.Id].Count} entries", false));
            else
            {
                restore.ProviderLine(old.Id);
                _changes.Add(new ImportChange(key, ImportChangeKind.Removed, $"the provider is gone, with {lines.Models[old.Id].Count} entries", true));
            }
        }

        if (Comparison.OfOrder("*", lines.Providers, draft.Providers) is { } order) _changes.Add(order);
    }

    private void CheckEntries(CatalogueProvider before, CatalogueProvider? after, List<DraftLine> lines, List<DraftLine> draft, DraftRestore restore)
    {
        if (after is null) return;
        if (Comparison.OfOrder($"{before.Id}/*", lines, draft) is { } order) _changes.Add(order);
        var (models, drafted) = (after.Models.ToDictionary(static model => model.Id, StringComparer.Ordinal), draft.ToDictionary(static line => line.Id, StringComparer.Ordinal));
        for (var i = 0; i < before.Models.Count; i++)
        {
            var (old, key) = (before.Models[i], $"{before.Id}/{before.Models[i].Id}");
            ImportChange[] found = models.TryGetValue(old.Id, out var now)
                ? [.. Comparison.OfEntries(key, old, now, lines[i], drafted[old.Id])]
                : [new ImportChange(key, ImportChangeKind.Removed, "the entry is gone", false)];
            var refused = !IsApproved(key) && found.Any(static change => change.Kind == ImportChangeKind.Removed || Comparison.IsSlip(change.Kind));
            if (refused) restore.Entry(key);
            _changes.AddRange(found.Select(change => change with { IsRefused = refused }));
        }
    }

    /// <summary>A new entry is judged by the names that it takes over, whether or not the entry that had them stays.</summary>
    private void CheckAdded(Catalogue before, CatalogueDraft lines, Catalogue after, DraftRestore restore)
    {
        var taken = new NameProbe(before, after, new HashSet<string>()).Run().Where(static finding => finding is { Fault: not null, Old: not null }).ToLookup(static finding => finding.Now);
        foreach (var provider in after.Providers)
        {
            var known = lines.Models.GetValueOrDefault(provider.Id)?.Select(static line => line.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var model in provider.Models.Where(model => known is null || !known.Contains(model.Id)))
            {
                var key = $"{provider.Id}/{model.Id}";
                var faults = IsApproved(key) ? [] : taken[key].ToArray();
                if (faults.Length > 0) restore.Entry(key);
                var prices = string.Join(", ", PriceList.Of(model).Select(static price => $"{price.Key} {price.Value}"));
                _changes.Add(new ImportChange(key, ImportChangeKind.Added, prices, faults.Length > 0));
                _changes.AddRange(faults.Select(fault => new ImportChange(key, fault.Fault!.Kind, fault.Fault.Detail + Others(fault), true)));
            }

            if (known is null) restore.EmptyProvider(provider.Id);
        }
    }

    private void Probe(Catalogue before, CatalogueDraft draft, DraftRestore restore)
    {
        var freeUnits = FreeUnits(before.Units);
        for (var round = 0; ; round++)
        {
            var findings = new NameProbe(before, Readable(draft), freeUnits).Run();
            var faults = findings.Where(finding => finding.Fault is not null && !IsWanted(finding, restore)).ToArray();
            if (faults.Length == 0)
            {
                _changes.AddRange(findings.Where(static finding => finding is { Old: not null, Now: not null } && finding.Old != finding.Now)
                    .Select(static finding => new ImportChange(finding.Now!, ImportChangeKind.Answer, $"{finding.Asked}{Others(finding)}: {finding.Old} answered before", false)));
                return;
            }

            var blamed = new HashSet<string>(StringComparer.Ordinal);
            foreach (var fault in faults) Refuse(fault, round, restore, blamed);
        }
    }

    /// <summary>Puts back what the fault lies in: the entry that answers now where it is another, else the one that did, else where they stand.</summary>
    /// <param name="blamed">Keys of what this round has put back: what else lies in them is mended with it.</param>
    private void Refuse(ProbeFinding finding, int round, DraftRestore restore, HashSet<string> blamed)
    {
        string[] keys = [.. new[] { finding.Now, finding.Old }.OfType<string>()];
        var key = keys.Select(key => blamed.FirstOrDefault(whole => IsPartOf(key, whole))).OfType<string>().FirstOrDefault() ?? PutBack(finding.Provider, keys, round, restore);
        if (blamed.Add(key))
            for (var i = 0; i < _changes.Count; i++)
                if (IsPartOf(_changes[i].Key, key)) _changes[i] = _changes[i] with { IsRefused = true };
        _changes.Add(new ImportChange(key, finding.Fault!.Kind, finding.Fault.Detail + Others(finding), true));
    }

    /// <returns>Key of what is now as it was.</returns>
    private static string PutBack(string? asked, string[] keys, int round, DraftRestore restore)
    {
        var line = round >= MaxRounds ? null : keys.FirstOrDefault(key => key.EndsWith("/*", StringComparison.Ordinal) ? restore.ProviderLine(key[..^2]) : restore.Entry(key));
        if (line is not null) return line;
        var providers = keys.Select(static key => key[..key.IndexOf('/')]).Prepend(asked).OfType<string>().Distinct(StringComparer.Ordinal);
        if (round < 2 * MaxRounds && providers.FirstOrDefault(restore.Provider) is { } provider) return $"{provider}/*";
        return restore.Everything() ? "*" : throw new InvalidOperationException($"{keys[0]} is priced otherwise although nothing differs");
    }

    private static bool IsPartOf(string key, string whole) => key == whole || (whole.EndsWith('*') && key.StartsWith(whole[..^1], StringComparison.Ordinal));

    private static string Others(ProbeFinding finding) => finding.Names > 1 ? $", and {finding.Names - 1} more names" : "";

    /// <summary>What answers now is approved; or, where that is as it was, what answered before.</summary>
    private bool IsWanted(ProbeFinding finding, DraftRestore restore) =>
        finding.Now is { } now && IsApproved(now) || (finding.Old is { } old && IsApproved(old) && (finding.Now is null || restore.IsAsBefore(finding.Now)));

    /// <summary>Those whose change is approved, and those that may be priced by one of them.</summary>
    private HashSet<string> FreeUnits(UnitRegistry units)
    {
        var changed = units.Units.Where(unit => _changes.Any(change => change.Key == $"units/{unit.Name}" && !change.IsRefused)).ToArray();
        return [.. units.Units.Where(unit => changed.Any(other => other == unit || other.Contains(unit))).Select(static unit => unit.Name)];
    }

    private static Catalogue Readable(CatalogueDraft draft)
    {
        try
        {
            return draft.ToCatalogue();
        }
        catch (DataFormatException e)
        {
            throw new DataFormatException(CatalogueFiles.Units, 0, $"what changes cannot be taken in part ({e.Message}): approve the units that changed, --approve units/NAME, or all, --approve 'units/*'", e);
        }
    }

    private bool IsApproved(string key) => approved.Any(one => IsPartOf(key, one));
}
