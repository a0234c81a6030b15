using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Telemetry;

/// <summary>`ai_prompt_tokens_total` and `ai_completion_tokens_total`, as dashboards of other gateways ask for them.</summary>
public sealed class DashboardMetricOptions : IValidatableObject
{
    /// <summary>Labels beside llm and model.</summary>
    public const int MaxLabels = 4;

    [Option("Labels beside llm and model: tenant, team, user, feature, environment, api_key_id, or a tag's name. A token's claim is one once it is mapped to any of these.")]
    public IReadOnlyList<string> Labels { get; init; } = [];

    [Option("Most combinations of label values; the tokens of further ones are counted under _other.")]
    [Range(1, 199)]
    public int MaxLabelSets { get; init; } = 150;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Labels.Count > MaxLabels) yield return new($"may hold at most {MaxLabels}", [nameof(Labels)]);
        foreach (var label in Labels)
        {
            if (label is "llm" or "model" || Labels.Count(other => other == label) > 1) yield return new($"'{label}' is there already", [nameof(Labels)]);
            if (label.Length is 0 or > 64 || char.IsAsciiDigit(label[0]) || !label.All(static character => char.IsAsciiLetterOrDigit(character) || character == '_'))
                yield return new($"'{label}' must be 1-64 letters, digits and underscores, no digit first", [nameof(Labels)]);
        }
    }
}
