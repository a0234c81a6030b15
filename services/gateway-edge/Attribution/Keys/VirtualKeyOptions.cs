using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Keys of the operator's own that callers send in place of a provider's.</summary>
public sealed class VirtualKeyOptions : IValidatableObject
{
    [Option("Whether callers must send a virtual key; an upstream may say otherwise.")]
    public IdentityDemand Mode { get; init; }

    [Option("The keys (JSON): their hashes, attribution and the providers' keys by reference; read again when it changes.")]
    public string? KeysFile { get; init; }

    [Option("How often the file and what it refers to are looked at.")]
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ReloadInterval { get; init; } = TimeSpan.FromSeconds(5);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KeysFile is null && Mode != IdentityDemand.Off) yield return new("is missing; give it, or set Mode to off", [nameof(KeysFile)]);
        if (KeysFile is not null && VirtualKeyFile.Read(KeysFile, out var problem) is null) yield return new(problem, [nameof(KeysFile)]);
    }
}
