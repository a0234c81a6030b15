using System.Security.Cryptography;
using System.Text;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>
/// What makes a budget the same one: its id, selector, per-dimensions, kind of period and time zone. Amount, thresholds and webhooks may
/// change without a new count.
/// </summary>
internal static class BudgetIdentity
{
    /// <summary>SHA-256 over length-prefixed fields, cut to 128 bits: the first field of each hash, so that another way gives other ids.</summary>
    private const string DefinitionAlgorithm = "budget-definition-sha256-128-v1";
    private const string InstanceAlgorithm = "budget-instance-sha256-128-v1";
    private const int HashBytes = 16;

    /// <summary>Characters of a definition or instance id: hex digits.</summary>
    public const int IdChars = 2 * HashBytes;

    /// <returns>32 hex digits: the same for any order of conditions, patterns and dimensions in the file.</returns>
    public static string DefinitionOf(Budget budget)
    {
        var text = new StringBuilder();
        Add(text, DefinitionAlgorithm);
        Add(text, budget.Id);
        foreach (var condition in budget.Scope.OrderBy(static condition => condition.Dimension.Name, StringComparer.Ordinal))
        {
            Add(text, condition.Dimension.Name);
            foreach (var pattern in condition.Patterns.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) Add(text, pattern);
            text.Append('|');
        }

        text.Append('|');
        foreach (var dimension in budget.Per.Select(static dimension => dimension.Name).Order(StringComparer.Ordinal)) Add(text, dimension);
        text.Append('|');
        Add(text, budget.Period.ToString());
        Add(text, budget.TimeZone.Id);
        return Hash(text);
    }

    /// <param name="per">Value of every per-dimension, by name.</param>
    /// <returns>32 hex digits.</returns>
    public static string InstanceOf(string definition, IReadOnlyDictionary<string, string> per)
    {
        var text = new StringBuilder();
        Add(text, InstanceAlgorithm);
        Add(text, definition);
        foreach (var (name, value) in per.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            Add(text, name);
            Add(text, value);
        }

        return Hash(text);
    }

    private static void Add(StringBuilder text, string value) => text.Append(value.Length).Append(':').Append(value).Append(';');

    private static string Hash(StringBuilder text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()), hash);
        return Convert.ToHexStringLower(hash[..HashBytes]);
    }
}
