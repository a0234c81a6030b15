namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Asks two catalogues for the same names, as events do: every id and every text of a match rule, of the provider and of whom it falls back to, and
/// a name that nobody has. Says which names other entries answer now, and where that, or anything else, moves a price as no price does.
/// </summary>
internal sealed class NameProbe
{
    /// <summary>No entry and no provider is called that.</summary>
    private const string Nobody = "zz-nobody-has-this-name-0";

    private readonly Catalogue _before;
    private readonly Catalogue _after;
    private readonly PriceProbe _prices;
    private readonly Dictionary<CatalogueModel, string> _keys = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<(string? Old, string? Now), ProbeFinding> _found = [];

    public NameProbe(Catalogue before, Catalogue after, IReadOnlySet<string> freeUnits)
    {
        (_before, _after) = (before, after);
        _prices = new PriceProbe(before.Units, after.Units, freeUnits);
        foreach (var provider in before.Providers.Concat(after.Providers))
            foreach (var model in provider.Models) _keys[model] = $"{provider.Id}/{model.Id}";
    }

    /// <returns>One finding for each pair of entries, the first of its names and faults standing for all.</returns>
    public IReadOnlyCollection<ProbeFinding> Run()
    {
        var providers = _before.Providers.Concat(_after.Providers).Select(static provider => provider.Id).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var name in providers.Concat(Texts(_before)).Concat(Texts(_after)).Append(Nobody).Distinct(StringComparer.Ordinal)) AskProvider(name);
        var all = new HashSet<string>(StringComparer.Ordinal) { Nobody };
        foreach (var provider in providers)
        {
            var names = NamesOf(_before, provider).Concat(NamesOf(_after, provider)).ToHashSet(StringComparer.Ordinal);
            all.UnionWith(names);
            foreach (var name in names.Append(Nobody)) Ask(provider, name);
        }

        foreach (var name in all) Ask(null, name);
        return _found.Values;
    }

    private void AskProvider(string name)
    {
        var (old, now) = (_before.Find(name, Nobody).Provider?.Id, _after.Find(name, Nobody).Provider?.Id);
        if (old == now || (old is null && name != Nobody)) return;
        var detail = $"the name {name} means {now ?? "nobody"}, it meant {old ?? "nobody"}";
        Note(new ProbeFinding(null, old is null ? null : $"{old}/*", now is null ? null : $"{now}/*", new ProbeFault(ImportChangeKind.Provider, detail), detail));
    }

    private void Ask(string? provider, string name)
    {
        var (old, now) = (_before.Find(provider, name), _after.Find(provider, name));
        var (oldKey, nowKey) = (KeyOf(old), KeyOf(now));
        if (old.Model is null)
        {
            // A name that only the new catalogue has is an addition; one that nobody has is a rule that takes whatever comes.
            if (name == Nobody && now.Model is not null) Note(new ProbeFinding(provider, null, nowKey, new ProbeFault(ImportChangeKind.Match, "answers to names that nobody has"), ""));
            return;
        }

        if (old.Model.IsUnset && oldKey != nowKey) return;
        var fault = now.Model is null ? new ProbeFault(ImportChangeKind.LostDimension, "has no entry") : _prices.Compare(old, now);
        if (fault is null && oldKey == nowKey) return;
        var asked = $"{provider ?? "(no provider)"}/{name}";
        Note(new ProbeFinding(provider, oldKey, nowKey, fault is null ? null : fault with { Detail = $"{asked}: {fault.Detail}" }, asked));
    }

    private void Note(ProbeFinding finding)
    {
        if (!_found.TryGetValue((finding.Old, finding.Now), out var known)) _found.Add((finding.Old, finding.Now), finding);
        else _found[(finding.Old, finding.Now)] = known.Fault is null && finding.Fault is not null ? finding with { Names = known.Names + 1 } : known with { Names = known.Names + 1 };
    }

    /// <summary>Of the entry where it stands, also where another provider sells it.</summary>
    private string? KeyOf(in CatalogueAnswer answer) => answer.Model is { } model ? _keys[model] : null;

    private static IEnumerable<string> Texts(Catalogue catalogue) => catalogue.Providers.SelectMany(static provider => provider.Names?.Samples ?? []);

    private static IEnumerable<string> NamesOf(Catalogue catalogue, string providerId)
    {
        if (catalogue.Providers.FirstOrDefault(provider => provider.Id == providerId) is not { } own) return [];
        return catalogue.Providers.Where(provider => provider == own || own.Fallbacks.Contains(provider.Id))
            .SelectMany(static provider => provider.Models)
            .SelectMany(static model => model.Match.Samples.Prepend(model.Id.ToLowerInvariant()))
            .Where(static name => name.Length > 0);
    }
}

/// <param name="Provider">Who was asked; null = nobody by name.</param>
/// <param name="Old">Key of the entry that answered; null = none did.</param>
/// <param name="Now">Key of the one that answers; null = none does.</param>
/// <param name="Fault">Null = the name is answered by another entry, at a price that may be.</param>
/// <param name="Asked">`provider/name`.</param>
internal sealed record ProbeFinding(string? Provider, string? Old, string? Now, ProbeFault? Fault, string Asked)
{
    /// <summary>How many names this is so for.</summary>
    public int Names { get; init; } = 1;
}
