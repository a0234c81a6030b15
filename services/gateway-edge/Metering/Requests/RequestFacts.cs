using System.Collections.Frozen;
using Pipeline.GatewayEdge.Attribution;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>What the request's <c>stream_options.include_usage</c> says.</summary>
internal enum IncludeUsageState
{
    /// <summary>Not there, with or without a <c>stream_options</c> object; also when <c>stream_options</c> is null.</summary>
    Absent,

    /// <summary>Explicitly false or null.</summary>
    False,

    True,

    /// <summary><c>stream_options</c> or its member has a type that no provider accepts; left as it is.</summary>
    Malformed,
}

/// <summary>Why a request's body told nothing.</summary>
internal enum RequestReadability
{
    /// <summary>A JSON object or a form, read to its end.</summary>
    Read,

    /// <summary>No body.</summary>
    Empty,

    /// <summary>Neither one valid JSON object nor a form: forwarded untouched, facts are those found before the fault.</summary>
    Unreadable,
}

/// <summary>One text of OpenAI's <c>metadata</c>.</summary>
/// <param name="Text">Null = not there, no text, or left out.</param>
/// <param name="Fault">Why it was left out.</param>
internal readonly record struct MetadataValue(string? Text, DropReason Fault = DropReason.None)
{
    public static implicit operator MetadataValue(string? text) => new(text);
}

/// <summary>Attribution values of OpenAI's <c>metadata</c>, by the rule of <see cref="AttributionText"/>.</summary>
/// <param name="TenantSlug">Another name of the tenant, behind <paramref name="Tenant"/>.</param>
internal readonly record struct MetadataAttribution(
    MetadataValue Tenant, MetadataValue TenantSlug, MetadataValue User, MetadataValue Feature, MetadataValue Session, MetadataValue Environment);

/// <summary>Where <see cref="IncludeUsageInjection"/> writes. All positions are byte offsets into the request's body.</summary>
/// <param name="RootEnd">The root object's closing brace.</param>
/// <param name="OptionsStart">First byte of the value of <c>stream_options</c>; -1 when there is none.</param>
/// <param name="OptionsEnd">One past that value.</param>
/// <param name="OptionsIsObject">False for null.</param>
/// <param name="OptionsIsEmpty">The object has no member.</param>
/// <param name="ValueStart">First byte of the value of <c>include_usage</c>; -1 when there is none.</param>
/// <param name="ValueEnd">One past that value.</param>
internal readonly record struct InjectionPoint(
    int RootEnd,
    int OptionsStart,
    int OptionsEnd,
    bool OptionsIsObject,
    bool OptionsIsEmpty,
    int ValueStart,
    int ValueEnd)
{
    public static readonly InjectionPoint None = new(-1, -1, -1, false, false, -1, -1);
}

/// <summary>What one pass over a request's body tells. Never holds prompt text.</summary>
internal sealed record RequestFacts
{
    /// <summary>Of a request without a body, or whose body is not read.</summary>
    public static readonly RequestFacts Empty = new() { Readability = RequestReadability.Empty };

    public required RequestReadability Readability { get; init; }

    /// <summary>Model asked for, 1-128 visible ASCII characters; for Google taken from the URL.</summary>
    public string? Model { get; init; }

    /// <summary>The body asks for a stream (for Google: the URL does).</summary>
    public bool AsksForStream { get; init; }

    public IncludeUsageState IncludeUsage { get; init; }

    public InjectionPoint InjectionPoint { get; init; } = InjectionPoint.None;

    /// <summary>What the request alone tells of what will be paid, by the record's names: <c>characters</c> to be spoken.</summary>
    public IReadOnlyDictionary<string, decimal> Quantities { get; init; } = FrozenDictionary<string, decimal>.Empty;

    public MetadataAttribution Metadata { get; init; }

    /// <summary>What selects a price variant, as asked for: <c>speed</c>. Tokens of [A-Za-z0-9_.:-], at most 8.</summary>
    public IReadOnlyDictionary<string, string> PriceContext { get; init; } = FrozenDictionary<string, string>.Empty;
}
