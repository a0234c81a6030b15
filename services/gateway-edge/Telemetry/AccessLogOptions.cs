using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Telemetry;

/// <summary>Where access log lines go.</summary>
public enum AccessLogTarget { Off, Stdout, File }

/// <summary>One JSON line for each call, written beside the calls and never waited for.</summary>
public sealed class AccessLogOptions : IValidatableObject
{
    [Option("Where lines go.")]
    public AccessLogTarget Target { get; init; }

    [Option("The file that lines are appended to; made anew when it was moved away.")]
    public string? Path { get; init; }

    [Option("Most lines that wait to be written; further ones are dropped and counted.")]
    [Range(1, 1_000_000)]
    public int MaxQueued { get; init; } = 16_384;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Target == AccessLogTarget.File && string.IsNullOrEmpty(Path)) yield return new("is missing; name the file, or set Target to stdout or off", [nameof(Path)]);
    }
}
