using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.EsSink.Indexing;

/// <summary>The Elasticsearch cluster, version 8 or 9.</summary>
[Section("Elasticsearch")]
public sealed class ElasticsearchOptions : IValidatableObject
{
    [Option("Base address of the cluster.", Switch = "--elasticsearch")]
    public Uri? Url { get; init; }

    [Option("File with an API key as the cluster's `encoded` member gives it.")]
    public string? ApiKeyFile { get; init; }

    [Option("User for basic authentication, with PasswordFile.")]
    public string? Username { get; init; }

    [Option("File with the user's password.")]
    public string? PasswordFile { get; init; }

    [Option("PEM file with the certificate authority of the cluster, when the system does not trust it.")]
    public string? CertificateAuthorityFile { get; init; }

    [Option("Longest wait for one answer.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    [Option("Primary shards of each day's index.")]
    [Range(1, 1_024)]
    public int Shards { get; init; } = 1;

    [Option("Copies of each primary shard; 0 on a cluster of one node.")]
    [Range(0, 10)]
    public int Replicas { get; init; } = 1;

    [Option("How long a document may take to be found by searches.")]
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan RefreshInterval { get; init; } = TimeSpan.FromSeconds(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ApiKeyFile is not null && Username is not null)
            yield return new ValidationResult("give ApiKeyFile or Username, not both", [nameof(ApiKeyFile)]);
        if ((Username is null) != (PasswordFile is null))
            yield return new ValidationResult("Username and PasswordFile belong together", [nameof(Username)]);
    }
}
