using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>A property of an aggregate that budgets select and divide by; `tags.NAME` for a configured tag.</summary>
public sealed record Dimension
{
    private const string TagPrefix = "tags.";

    private static readonly IReadOnlyDictionary<string, Func<UsageAggregate, string?>> Fields =
        new Dictionary<string, Func<UsageAggregate, string?>>(StringComparer.Ordinal)
        {
            ["provider"] = static usage => usage.Provider,
            ["model"] = static usage => usage.ResponseModel,
            ["tenant"] = static usage => usage.Tenant,
            ["team"] = static usage => usage.Team,
            ["user"] = static usage => usage.User,
            ["feature"] = static usage => usage.Feature,
            ["environment"] = static usage => usage.Environment,
            ["api_key_id"] = static usage => usage.ApiKeyId,
            ["variant"] = static usage => usage.Variant,
            ["prompt_version"] = static usage => usage.PromptVersion,
            ["route"] = static usage => usage.Route,
        };

    private readonly Func<UsageAggregate, string?> _read;

    private Dimension(string name, Func<UsageAggregate, string?> read) => (Name, _read) = (name, read);

    public string Name { get; }

    /// <summary>The names that can be given, without tags.</summary>
    public static IEnumerable<string> Names => Fields.Keys;

    /// <returns>Null when there is no such dimension.</returns>
    public static Dimension? Find(string name)
    {
        if (Fields.TryGetValue(name, out var read)) return new Dimension(name, read);
        if (!name.StartsWith(TagPrefix, StringComparison.Ordinal) || name.Length == TagPrefix.Length) return null;
        var tag = name[TagPrefix.Length..];
        return new Dimension(name, usage => usage.Tags.GetValueOrDefault(tag));
    }

    /// <returns>Null when the aggregate does not have it.</returns>
    public string? Of(UsageAggregate usage) => _read(usage);

    public bool Equals(Dimension? other) => other?.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => Name;
}
