using System.ComponentModel.DataAnnotations;
using Confluent.Kafka;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>The distributed log: where it is, how to get in, and what is asked of it.</summary>
public sealed class KafkaOptions : IValidatableObject
{
    /// <summary>Brokers to begin with, `host:port` separated by commas.</summary>
    public string Bootstrap { get; init; } = "127.0.0.1:9092";

    /// <summary>Name of this client in the broker's logs and quotas; null = the service's name.</summary>
    public string? ClientId { get; init; }

    public KafkaSecurityOptions Security { get; init; } = new();

    /// <summary>For one-node development: topics weaker than the guarantees need are worked with and shown in readiness.</summary>
    public bool AllowWeakTopics { get; init; }

    /// <summary>Partitions of topics that are made; fewer existing ones are added to, except on topics with a fixed count.</summary>
    [Range(1, 1000)]
    public int Partitions { get; init; } = Topics.DefaultPartitions;

    [Range(1, 9)]
    public int ReplicationFactor { get; init; } = 3;

    /// <summary>A crashed process's partitions go to others after this long without its heartbeat.</summary>
    [Range(typeof(TimeSpan), "00:00:06", "00:05:00")]
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How soon new partitions are seen.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MetadataInterval { get; init; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext context)
    {
        if (string.IsNullOrWhiteSpace(Bootstrap)) yield return new("is empty; give host:port of at least one broker", [nameof(Bootstrap)]);
        if (ReplicationFactor < KafkaBounds.LeastReplication && !AllowWeakTopics)
            yield return new($"is {ReplicationFactor}; the guarantees need {KafkaBounds.LeastReplication}, or AllowWeakTopics=true on a development broker", [nameof(ReplicationFactor)]);
        foreach (var problem in Security.Problems()) yield return problem;
    }
}

/// <summary>How clients prove who they are. Secrets come by file only.</summary>
public sealed class KafkaSecurityOptions
{
    public SecurityProtocol Protocol { get; init; } = SecurityProtocol.Plaintext;

    /// <summary>With a SASL protocol.</summary>
    public SaslMechanism? Mechanism { get; init; }

    public string? Username { get; init; }

    /// <summary>Holds the SASL password; white space at its end is not part of it.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>PEM of the authorities that brokers' certificates are checked against; null = the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM of the client's certificate, for mutual TLS.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM of the client certificate's key.</summary>
    public string? KeyFile { get; init; }

    internal IEnumerable<ValidationResult> Problems()
    {
        var isSasl = Protocol is SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl;
        if (isSasl && Mechanism is null) yield return Problem(nameof(Mechanism), $"is missing; {Protocol} needs one of Plain, ScramSha256, ScramSha512");
        if (!isSasl && Mechanism is not null) yield return Problem(nameof(Mechanism), $"is given, but {Protocol} does not use it; set Protocol to SaslSsl");
        if (Mechanism is SaslMechanism.Plain or SaslMechanism.ScramSha256 or SaslMechanism.ScramSha512)
        {
            if (Username is null) yield return Problem(nameof(Username), $"is missing; {Mechanism} needs it");
            if (PasswordFile is null) yield return Problem(nameof(PasswordFile), $"is missing; {Mechanism} needs it");
        }

        if (CertificateFile is null != KeyFile is null) yield return Problem(nameof(KeyFile), "must be given together with CertificateFile");
    }

    private static ValidationResult Problem(string member, string message) => new(message, [$"{nameof(KafkaOptions.Security)}:{member}"]);
}
