using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>A group's key as one object, so that a million events share its texts.</summary>
internal sealed record GroupName(UsageGroupKey Key)
{
    public bool Equals(GroupName? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>An error type as one object.</summary>
internal sealed record ErrorName(string Type)
{
    public bool Equals(ErrorName? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>
/// One object for each name that occurs. The names come from callers: beyond the bounds all further ones share one name.
/// </summary>
internal sealed class GroupNames
{
    public const int MaxGroups = 10_000;
    public const int MaxErrorTypes = 256;

    /// <summary>Stands for every name beyond the bound.</summary>
    public const string Other = "(other names)";

    private readonly Dictionary<UsageGroupKey, GroupName> _groups = [];
    private readonly Dictionary<string, ErrorName> _errors = new(StringComparer.Ordinal);

    public GroupName GroupOf(LlmUsage usage)
    {
        var key = UsageGroupKey.Of(usage);
        if (_groups.TryGetValue(key, out var known)) return known;
        if (_groups.Count >= MaxGroups)
        {
            key = new UsageGroupKey(Other, Other, Other, key.Currency);
            if (_groups.TryGetValue(key, out known)) return known;
        }

        return _groups[key] = new GroupName(key);
    }

    /// <returns>Null for a call that went well.</returns>
    public ErrorName? ErrorOf(LlmUsage usage)
    {
        if (usage.Outcome == Outcome.Ok) return null;
        var type = usage.ErrorType ?? usage.Outcome.Symbol();
        if (_errors.TryGetValue(type, out var known)) return known;
        if (_errors.Count >= MaxErrorTypes && _errors.TryGetValue(type = Other, out known)) return known;
        return _errors[type] = new ErrorName(type);
    }
}
