using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Content;

/// <summary>
/// Prompts and replies into llm-usage-content: only of upstreams with CaptureContent and, of these, only of the tenants named here. Without
/// any name nothing is captured.
/// </summary>
public sealed class ContentOptions : IValidatableObject
{
    /// <summary>Stands for every tenant, and for calls without one.</summary>
    public const string AllTenants = "*";

    [Option("Tenants whose calls may be captured, on upstreams with CaptureContent; * = all, and calls without a tenant.")]
    public IReadOnlyList<string> Tenants { get; init; } = [];

    [Option("Largest prompt and largest reply that is kept, each; more is cut off.", Unit = "bytes")]
    [Range(256, 128 * 1024)]
    public int MaxBytes { get; init; } = 64 * 1024;

    [Option("Most memory for captured calls that are under way or wait to be written; past it further ones are dropped and counted.", Unit = "bytes")]
    [Range(1L << 20, 1L << 34)]
    public long MaxBufferedBytes { get; init; } = 64L << 20;

    [Option("Regular expressions whose matches are replaced in prompts and replies, beside e-mail addresses and keys; without look-around and back references.")]
    public IReadOnlyList<string> Redactions { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (var i = 0; i < Redactions.Count; i++)
            if (Redaction.Problem(Redactions[i]) is { } problem)
                yield return new($"expression {i + 1} {problem}", [nameof(Redactions)]);
    }
}
