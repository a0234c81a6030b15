using System.Text;
using System.Text.Json;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>
/// Compares a new catalogue with the one it replaces, entry by entry, and keeps the old entry where the new one looks like a slip:
/// a price moved more than <see cref="MaxMove"/> times, became zero or stopped being zero, or a priced dimension or a whole entry is gone.
/// What the operator approved by its key passes.
/// </summary>
internal sealed class ImportGuard(IReadOnlyList<string> approved)
{
    public const decimal MaxMove = 10;

    /// <param name="folder">The catalogue that is there; its lines take the place of refused ones in the draft.</param>
    /// <exception cref="DataFormatException">The folder holds another catalogue, or one that cannot be read.</exception>
    public IReadOnlyList<ImportChange> Check(string folder, CatalogueDraft draft)
    {
        var (before, after) = (CatalogueFiles.ReadFolder(folder), draft.ToCatalogue());
        if (!before.Id.StartsWith(draft.Head.Catalogue + "-", StringComparison.Ordinal))
            throw new DataFormatException(CatalogueFiles.Providers, 0, $"the folder holds {before.Id}, not {draft.Head.Catalogue}; give another folder");

        var changes = new List<ImportChange>();
        foreach (var provider in before.Providers)
        {
            var lines = Lines(folder, CatalogueFiles.Models(provider.Id));
            if (after.Providers.All(other => other.Id != provider.Id) && !Keep(provider, folder, draft, changes)) continue;
            CheckModels(provider, after, draft.Models[provider.Id], lines, changes);
        }

        foreach (var provider in after.Providers)
        {
            var known = before.Providers.FirstOrDefault(other => other.Id == provider.Id)?.Models.Select(static model => model.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var model in provider.Models)
                if (known is null || !known.Contains(model.Id))
                    changes.Add(new ImportChange($"{provider.Id}/{model.Id}", ImportChangeKind.Added, "", false));
        }

        return changes;
    }

    /// <summary>A provider that the new list does not have stays with all of its entries, unless that is approved.</summary>
    /// <returns>It stays.</returns>
    private bool Keep(CatalogueProvider provider, string folder, CatalogueDraft draft, List<ImportChange> changes)
    {
        if (IsApproved($"{provider.Id}/*"))
        {
            changes.Add(new ImportChange($"{provider.Id}/*", ImportChangeKind.Removed, $"{provider.Models.Count} entries", false));
            return false;
        }

        draft.Providers.Add(Lines(folder, CatalogueFiles.Providers).First(line => line.Id == provider.Id));
        draft.Models.Add(provider.Id, []);
        return true;
    }

    private void CheckModels(CatalogueProvider before, Catalogue after, List<DraftLine> draft, IReadOnlyList<DraftLine> lines, List<ImportChange> changes)
    {
        var models = after.Providers.FirstOrDefault(provider => provider.Id == before.Id)?.Models.ToDictionary(static model => model.Id, StringComparer.Ordinal) ?? [];
        for (var i = 0; i < before.Models.Count; i++)
        {
            var old = before.Models[i];
            var key = $"{before.Id}/{old.Id}";
            if (!models.TryGetValue(old.Id, out var replaced))
            {
                var refused = !IsApproved(key);
                if (refused) draft.Add(lines[i]);
                changes.Add(new ImportChange(key, ImportChangeKind.Removed, "the entry is gone", refused));
                continue;
            }

            var found = Differences(key, PriceList.Of(old), PriceList.Of(replaced)).ToArray();
            changes.AddRange(found);
            if (!found.Any(static change => change.IsRefused)) continue;
            draft[draft.FindIndex(line => line.Id == old.Id)] = lines[i];
        }
    }

    private IEnumerable<ImportChange> Differences(string key, IReadOnlyDictionary<string, decimal> before, IReadOnlyDictionary<string, decimal> after)
    {
        var refuses = !IsApproved(key);
        foreach (var (dimension, old) in before)
        {
            if (!after.TryGetValue(dimension, out var now)) yield return new ImportChange(key, ImportChangeKind.LostDimension, $"{dimension} {old} is gone", refuses);
            else if (old == 0 != (now == 0)) yield return new ImportChange(key, ImportChangeKind.CrossedZero, $"{dimension} {old} -> {now}", refuses);
            else if (old != 0 && (now / old > MaxMove || old / now > MaxMove)) yield return new ImportChange(key, ImportChangeKind.MovedFar, $"{dimension} {old} -> {now}", refuses);
            else if (old != now) yield return new ImportChange(key, ImportChangeKind.Moved, $"{dimension} {old} -> {now}", false);
        }

        foreach (var (dimension, now) in after)
            if (!before.ContainsKey(dimension))
                yield return new ImportChange(key, ImportChangeKind.NewDimension, $"{dimension} {now}", false);
    }

    private bool IsApproved(string key) =>
        approved.Any(one => one.EndsWith('*') ? key.StartsWith(one[..^1], StringComparison.Ordinal) : one == key);

    private static IReadOnlyList<DraftLine> Lines(string folder, string file) =>
        [.. File.ReadAllLines(Path.Combine(folder, file)).Where(static line => line.Length > 0).Skip(1).Select(static line => new DraftLine(IdOf(line), Encoding.UTF8.GetBytes(line)))];

    private static string IdOf(string line)
    {
        using var json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("id").GetString()!;
    }
}

/// <param name="Key">`provider/model`.</param>
/// <param name="IsRefused">The old entry stays.</param>
public sealed record ImportChange(string Key, ImportChangeKind Kind, string Detail, bool IsRefused)
{
    public override string ToString() =>
        $"{(IsRefused ? "refused" : "taken"),-8} {Kind,-13} {Key} {Detail}{(IsRefused ? $" (to take it: --approve {Key})" : "")}".TrimEnd();
}

public enum ImportChangeKind { Added, Removed, Moved, MovedFar, CrossedZero, LostDimension, NewDimension }
