using System.ComponentModel.DataAnnotations;
using Confluent.Kafka;
using Pipeline.Runtime.Hosting;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>The distributed log: where it is, how to get in, and what is asked of it.</summary>
[Section("Kafka")]
public sealed class KafkaOptions : IValidatableObject
{
    [Option("Brokers to begin with, host:port separated by commas.", Switch = "--bootstrap")]
    public string Bootstrap { get; init; } = "127.0.0.1:9092";

    [Option("Name of this client in the broker's logs and quotas.")]
    public string? ClientId { get; init; }

    [Option("How the clients prove who they are.")]
    public KafkaSecurityOptions Security { get; init; } = new();

    [Option("For one-node development: work with topics weaker than the guarantees need, and show it in readiness.", Switch = "--allow-weak-topics")]
    public bool AllowWeakTopics { get; init; }

    [Option("Partitions of topics that are made; topics with fewer get more, except those that hold state.")]
    [Range(1, 1000)]
    public int Partitions { get; init; } = Topics.DefaultPartitions;

    [Option("Replicas of topics that are made.")]
    [Range(1, 9)]
    public int ReplicationFactor { get; init; } = 3;

    [Option("How records are compressed: none, gzip, snappy, lz4 or zstd. lz4 costs next to nothing and spares brokers most of their disk, "
        + "but every program that reads the topics must know it; kafkajs alone knows none and gzip.")]
    public CompressionType Compression { get; init; } = CompressionType.None;

    [Option("A crashed process's partitions go to others after this long without a heartbeat.")]
    [Range(typeof(TimeSpan), "00:00:06", "00:05:00")]
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(10);

    [Option("How soon new partitions are seen.")]
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
    [Option("Plaintext, Ssl, SaslPlaintext or SaslSsl.")]
    public SecurityProtocol Protocol { get; init; } = SecurityProtocol.Plaintext;

    [Option("SASL mechanism, with a SASL protocol.")]
    public SaslMechanism? Mechanism { get; init; }

    [Option("SASL user.")]
    public string? Username { get; init; }

    [Option("File with the SASL password; white space at its end is not part of it.")]
    public string? PasswordFile { get; init; }

    [Option("PEM file of the authorities that the brokers' certificates are checked against, instead of the system's.")]
    public string? CaFile { get; init; }

    [Option("PEM file of the client's certificate, for mutual TLS.")]
    public string? CertificateFile { get; init; }

    [Option("PEM file of the client certificate's key.")]
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
