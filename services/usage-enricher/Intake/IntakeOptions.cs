using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>Other systems' usage that is booked beside the gateway's own; see docs/imports.md.</summary>
public sealed partial class IntakeOptions : IValidatableObject
{
    [Option("Topic of Otoroshi's LLMUsageAudit events, as its Kafka exporter writes them; without it none are read.")]
    public string? OtoroshiTopic { get; init; }

    [Option("Topic of OpenTelemetry traces as OTLP/JSON, one export request a record; without it none are read.")]
    public string? OtelTopic { get; init; }

    [Option("Otoroshi's events of Gemini give the total as generated tokens: the prompt is taken out. False for a release that no longer does so.")]
    public bool GeminiReportsTotal { get; init; } = true;

    [Option("Newest imported events of each partition that are known again when they come a second time.", Unit = "events")]
    [Range(1_000, 5_000_000)]
    public int RememberedEvents { get; init; } = 200_000;

    /// <summary>The topics that are configured.</summary>
    public IReadOnlyList<string> Topics => [.. new[] { OtoroshiTopic, OtelTopic }.OfType<string>()];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (topic, name) in new[] { (OtoroshiTopic, nameof(OtoroshiTopic)), (OtelTopic, nameof(OtelTopic)) })
        {
            if (topic is null) continue;
            if (!TopicName().IsMatch(topic)) yield return new($"'{topic}' is no topic name: give 1-200 characters of [A-Za-z0-9._-]", [name]);
            else if (Runtime.Log.Topics.All().Any(spec => spec.Name == topic) || topic == Runtime.Log.Topics.UsageImports)
                yield return new($"'{topic}' is a topic of the pipeline's own; give the topic that the other system writes", [name]);
        }

        if (OtoroshiTopic is not null && OtoroshiTopic == OtelTopic) yield return new("is the topic of Otoroshi's events as well; give each its own", [nameof(OtelTopic)]);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,200}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TopicName();
}
