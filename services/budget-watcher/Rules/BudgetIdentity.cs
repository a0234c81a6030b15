using Pipeline.Runtime;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>
/// What makes a budget the same one: its id, selector, per-dimensions, kind of period and time zone. Amount, thresholds and webhooks may
/// change without a new count.
/// </summary>
internal static class BudgetIdentity
{
    private const string DefinitionAlgorithm = "budget-definition-sha256-128-v1";
    private const string InstanceAlgorithm = "budget-instance-sha256-128-v1";

    /// <summary>Characters of a definition or instance id: hex digits.</summary>
    public const int IdChars = FieldHash.HexChars;

    /// <returns>32 hex digits: the same for any order of conditions, patterns and dimensions in the file.</returns>
    public static string DefinitionOf(Budget budget)
    {
        var hash = new FieldHash(DefinitionAlgorithm);
        hash.Add(budget.Id);
        foreach (var condition in budget.Scope.OrderBy(static condition => condition.Dimension.Name, StringComparer.Ordinal))
        {
            hash.Add(condition.Dimension.Name);
            foreach (var pattern in condition.Patterns.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) hash.Add(pattern);
            hash.EndList();
        }

        hash.EndList();
        foreach (var dimension in budget.Per.Select(static dimension => dimension.Name).Order(StringComparer.Ordinal)) hash.Add(dimension);
        hash.EndList();
        hash.Add(budget.Period.ToString());
        hash.Add(budget.TimeZone.Id);
        return hash.ToHex();
    }

    /// <param name="per">Value of every per-dimension, by name.</param>
    /// <returns>32 hex digits.</returns>
    public static string InstanceOf(string definition, IReadOnlyDictionary<string, string> per)
    {
        var hash = new FieldHash(InstanceAlgorithm);
        hash.Add(definition);
        foreach (var (name, value) in per.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            hash.Add(name);
            hash.Add(value);
        }

        return hash.ToHex();
    }
}
