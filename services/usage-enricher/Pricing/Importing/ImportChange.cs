namespace Pipeline.UsageEnricher.Pricing.Importing;

/// <summary>One thing in which a new catalogue differs from the one before.</summary>
/// <param name="Key">`provider/model`; `provider/*` of a provider, `units/name` of a unit.</param>
/// <param name="IsRefused">What was there before stays.</param>
public sealed record ImportChange(string Key, ImportChangeKind Kind, string Detail, bool IsRefused)
{
    public override string ToString() =>
        $"{(IsRefused ? "refused" : "taken"),-8} {Kind,-13} {Key} {Detail}{(IsRefused ? $" (to take it: --approve {Key})" : "")}".TrimEnd();
}

public enum ImportChangeKind
{
    Added,
    Removed,
    Moved,
    MovedFar,
    CrossedZero,
    LostDimension,
    NewDimension,

    /// <summary>Other names mean it.</summary>
    Match,

    /// <summary>Other times or ways of service, or the same in another order.</summary>
    Times,

    /// <summary>The same entries or providers in another order: the first that matches answers.</summary>
    Order,

    /// <summary>How a provider is recognised, or whom it falls back to.</summary>
    Provider,

    /// <summary>What a rate is for.</summary>
    Unit,

    /// <summary>A name is answered by another entry.</summary>
    Answer,
}
