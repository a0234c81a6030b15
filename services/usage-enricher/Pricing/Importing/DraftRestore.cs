namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>Puts lines of the catalogue before back into a new one, in the place that they had. What is the same already is not counted.</summary>
internal sealed class DraftRestore(CatalogueDraft before, CatalogueDraft draft)
{
    /// <returns>The entry was another, and is now as it was before: there again, the old one, or gone.</returns>
    public bool Entry(string key)
    {
        var slash = key.IndexOf('/');
        var (provider, id) = (key[..slash], key[(slash + 1)..]);
        return draft.Models.TryGetValue(provider, out var models) && Line(before.Models.GetValueOrDefault(provider) ?? [], models, id);
    }

    /// <param name="key">Of an entry, or `provider/*`.</param>
    public bool IsAsBefore(string key)
    {
        var slash = key.IndexOf('/');
        var (provider, id) = (key[..slash], key[(slash + 1)..]);
        var (old, now) = id == "*" ? (before.Providers, draft.Providers) : (before.Models.GetValueOrDefault(provider), draft.Models.GetValueOrDefault(provider));
        var name = id == "*" ? provider : id;
        return old?.FindIndex(line => line.Id == name) is >= 0 and var from && now?.FindIndex(line => line.Id == name) is >= 0 and var at && old[from].IsSameAs(now[at]);
    }

    /// <summary>How a provider is recognised; one that is new goes, with its entries.</summary>
    public bool ProviderLine(string id)
    {
        if (!Line(before.Providers, draft.Providers, id)) return false;
        if (draft.Providers.All(line => line.Id != id)) draft.Models.Remove(id);
        else draft.Models.TryAdd(id, [.. before.Models[id]]);
        return true;
    }

    /// <summary>Drops a new provider that has no entry left.</summary>
    public void EmptyProvider(string id)
    {
        if (draft.Models.TryGetValue(id, out var models) && models.Count == 0) ProviderLine(id);
    }

    /// <summary>A provider with all of its entries and their order.</summary>
    public bool Provider(string id)
    {
        var changed = ProviderLine(id);
        if (!before.Models.TryGetValue(id, out var old) || !draft.Models.TryGetValue(id, out var models) || AreEqual(old, models)) return changed;
        draft.Models[id] = [.. old];
        return true;
    }

    public bool Unit(string name) => Line(before.Units, draft.Units, name);

    public bool Everything()
    {
        var ids = before.Providers.Concat(draft.Providers).Select(static line => line.Id).Distinct(StringComparer.Ordinal).ToArray();
        var changed = ids.Count(Provider) > 0 | !AreEqual(before.Providers, draft.Providers) | !AreEqual(before.Units, draft.Units);
        Replace(draft.Providers, before.Providers);
        Replace(draft.Units, before.Units);
        return changed;
    }

    private static bool Line(List<DraftLine> old, List<DraftLine> now, string id)
    {
        var (from, at) = (old.FindIndex(line => line.Id == id), now.FindIndex(line => line.Id == id));
        if (from < 0)
        {
            if (at >= 0) now.RemoveAt(at);
            return at >= 0;
        }

        if (at >= 0)
        {
            if (now[at].IsSameAs(old[from])) return false;
            now[at] = old[from];
            return true;
        }

        // After the nearest of those that it stood behind: the first that matches answers.
        var behind = -1;
        for (var i = from - 1; i >= 0 && behind < 0; i--)
        {
            var neighbour = old[i].Id;
            behind = now.FindIndex(line => line.Id == neighbour);
        }

        now.Insert(behind + 1, old[from]);
        return true;
    }

    private static bool AreEqual(List<DraftLine> one, List<DraftLine> other) =>
        one.Count == other.Count && one.Zip(other).All(static pair => pair.First.IsSameAs(pair.Second));

    private static void Replace(List<DraftLine> lines, List<DraftLine> by)
    {
        lines.Clear();
        lines.AddRange(by);
    }
}
