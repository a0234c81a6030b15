using Pipeline.Schemas;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>Tells whether an aggregate is in a budget's scope.</summary>
internal sealed class ScopeMatch(IReadOnlyList<ScopeCondition> scope)
{
    private const char Wildcard = '*';

    /// <summary>All conditions hold; a value that is not there fits no pattern.</summary>
    public bool Holds(UsageAggregate usage)
    {
        foreach (var condition in scope)
            if (condition.Dimension.Of(usage) is not { } value || !FitsAny(value, condition.Patterns)) return false;
        return true;
    }

    private static bool FitsAny(string value, IReadOnlyList<string> patterns)
    {
        foreach (var pattern in patterns)
            if (Fits(value, pattern)) return true;
        return false;
    }

    /// <summary>`*` stands for any run of characters, also none; every other character for itself.</summary>
    internal static bool Fits(ReadOnlySpan<char> value, ReadOnlySpan<char> pattern)
    {
        // Goes back to the last wildcard only: what an earlier one could take, the last one can take too.
        var (at, fit, wildcard, resume) = (0, 0, -1, 0);
        while (at < value.Length)
        {
            if (fit < pattern.Length && pattern[fit] == Wildcard)
            {
                wildcard = fit++;
                resume = at;
            }
            else if (fit < pattern.Length && pattern[fit] == value[at])
            {
                at++;
                fit++;
            }
            else if (wildcard >= 0)
            {
                fit = wildcard + 1;
                at = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (fit < pattern.Length && pattern[fit] == Wildcard) fit++;
        return fit == pattern.Length;
    }
}
