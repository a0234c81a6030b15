using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.Runtime.Registry;

/// <summary>The schema registry. The embedded log keeps its schemas in a file beside it unless a registry is named.</summary>
[Section("Registry")]
public sealed class RegistryOptions
{
    [Option("Base address of a registry with Confluent's REST API, path included; the embedded log needs none.", Switch = "--registry")]
    public Uri? Url { get; init; }

    [Option("Register our schemas at start; false = only look them up.")]
    public bool Register { get; init; } = true;

    [Option("File with user:password on one line, for basic authentication.")]
    public string? CredentialsFile { get; init; }

    [Option("Longest wait for one answer.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    [Option("Further tries in a row of a call that found no registry; after them the work waits and tries again later.")]
    [Range(0, 20)]
    public int MaxRetries { get; init; } = 2;
}
