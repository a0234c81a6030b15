using Pipeline.UsageEnricher.Enriching;

namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>A span that is a call of a model, with what tells whether another one above or below it reports the same call.</summary>
/// <param name="operation">Ours.</param>
/// <param name="models">Names of its model; empty = not told.</param>
internal sealed class CallSpan(ForeignMember resource, ForeignMember span, string operation, IReadOnlyList<string> models)
{
    public ForeignMember Resource => resource;

    public ForeignMember Span => span;

    public string Operation => operation;

    public IReadOnlyList<string> Models => models;

    /// <summary>The nearest call above it, when no agent, tool or workflow is between; null = none.</summary>
    public CallSpan? Above { get; set; }

    /// <summary>No other span at all is between it and <see cref="Above"/>.</summary>
    public bool IsDirectlyBelow { get; set; }

    /// <summary>Calls whose <see cref="Above"/> it is.</summary>
    public List<CallSpan> Below { get; } = [];

    /// <summary>Those of <see cref="Below"/> that report the same call.</summary>
    public IReadOnlyList<CallSpan> Inner { get; set; } = [];

    /// <summary>Its own figures; of a span that has none, those of what it wraps.</summary>
    public required TokenBounds Figures { get; set; }

    /// <summary>Another span is booked in its place.</summary>
    public bool IsPassedOver { get; set; }

    /// <summary>May report the same call as one above or below, by operation and model; a model that is not named is any.</summary>
    public bool IsAlike(CallSpan other) =>
        KindOf(Operation) == KindOf(other.Operation)
        && (Models.Count == 0 || other.Models.Count == 0 || Models.Any(one => other.Models.Any(two => ModelName.IsSameModel(one, two))));

    private static string KindOf(string operation) => operation is "text_completion" or "generate_content" ? "chat" : operation;
}
