using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>The distributed engine. Making one neither connects nor waits.</summary>
public sealed class KafkaLog : ILog
{
    private readonly KafkaOptions _options;
    private readonly KafkaClients _clients;
    private readonly KafkaAdmin _admin;
    private readonly PartitionCounts _counts;
    private readonly EmptyMemberships _memberships;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public KafkaLog(KafkaOptions options, ILogger logger, TimeProvider time)
    {
        (_options, _logger, _time) = (options, logger, time);
        _clients = new KafkaClients(options, logger, time);
        _admin = new KafkaAdmin(_clients, time);
        _counts = new PartitionCounts(_admin, time);
        _memberships = new EmptyMemberships(_clients);
    }

    /// <summary>With <see cref="KafkaOptions.AllowWeakTopics"/>: what the last provisioning put up with, for readiness.</summary>
    public IReadOnlyList<string> Weaknesses { get; private set; } = [];

    /// <summary>For tests: a shorter transaction timeout, and a stop before each commit.</summary>
    internal TimeSpan TransactionTimeout { get; init; } = KafkaBounds.TransactionTimeout;

    internal Action? BeforeCommit { get; init; }

    public IReadOnlyList<string>? Provision(IReadOnlyList<TopicSpec> topics)
    {
        if (new KafkaProvisioning(_options, _admin, this, _time, _logger).Run(topics) is not { } found) return null;
        _counts.Forget();
        Weaknesses = _options.AllowWeakTopics ? found.Weaknesses : [];
        return _options.AllowWeakTopics ? found.Failures : [.. found.Failures, .. found.Weaknesses];
    }

    public ILogReader OpenReader(ReaderOptions options) => new KafkaReader(_clients, _admin, options, _time, _logger);

    public ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from) => new KafkaCursor(_clients, _admin, from, _time, _logger);

    public ILogWriter? OpenWriter(string transactionalId, out string? reason)
    {
        var producer = _clients.Writer(transactionalId, TransactionTimeout);
        try
        {
            producer.InitTransactions(KafkaBounds.OpenWriterBound);
            reason = null;
            return new KafkaWriter(producer, _counts, _memberships, _time) { BeforeCommit = BeforeCommit };
        }
        catch (KafkaException error)
        {
            reason = $"{error.Error.Code}: {error.Error.Reason}";
            producer.Dispose();
            return null;
        }
    }

    public PositionRead ReadPosition(string group, TopicPartition partition) =>
        _admin.Positions(group, [partition]) is { } found
            ? new PositionRead(true, found.TryGetValue(partition, out var next) ? next : null)
            : new PositionRead(false, null);

    /// <summary>Many at once, which costs one question; partitions without one are left out. Null when the log is away.</summary>
    internal IReadOnlyDictionary<TopicPartition, long>? ReadPositions(string group, IReadOnlyCollection<TopicPartition> partitions) => _admin.Positions(group, partitions);

    public PartitionBounds? ReadBounds(TopicPartition partition) => _admin.Bounds([partition]) is { } found ? found[partition] : null;

    public int? PartitionCount(string topic) => _counts.Of(topic);

    public void Dispose() => _admin.Dispose();
}
