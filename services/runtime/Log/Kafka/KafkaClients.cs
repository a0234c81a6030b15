using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Builds every client of the engine, with the settings that the guarantees rest on in one place.</summary>
internal sealed partial class KafkaClients(KafkaOptions options, ILogger logger, TimeProvider time)
{
    /// <summary>Shared by all clients: what one says while brokers are away, the others say too.</summary>
    internal RepeatedLines Repeated { get; } = new(time);

    /// <summary>A member of a group. Positions are set by hand: neither committed nor guessed by the client.</summary>
    public ConsumerBuilder<byte[], byte[]> GroupReader(string group) => Consumer(ReaderConfig(group));

    /// <summary>Reads given partitions without ever joining a group; the name is only what the client demands.</summary>
    public ConsumerBuilder<byte[], byte[]> Cursor() => Consumer(ReaderConfig("no-group"));

    /// <summary>Asks for nothing; carries a group's name into a transaction.</summary>
    public ConsumerBuilder<byte[], byte[]> GroupName(string group) => Consumer(ReaderConfig(group));

    public IProducer<byte[], byte[]> Writer(string transactionalId, TimeSpan transactionTimeout)
    {
        var config = Connect(new ProducerConfig
        {
            TransactionalId = transactionalId,
            TransactionTimeoutMs = (int)transactionTimeout.TotalMilliseconds,
            MessageTimeoutMs = (int)transactionTimeout.TotalMilliseconds,
            EnableIdempotence = true,
            Acks = Acks.All,
            RetryBackoffMs = KafkaBounds.RetryBackoffMs,
            RetryBackoffMaxMs = KafkaBounds.RetryBackoffMaxMs,
            LingerMs = KafkaBounds.LingerMs,
            CompressionType = options.Compression,
            BatchSize = KafkaBounds.ProducerBatchBytes,
            MessageMaxBytes = KafkaBounds.MaxRequestRecordBytes,
            QueueBufferingMaxMessages = KafkaBounds.ProducerQueueRecords,
            QueueBufferingMaxKbytes = KafkaBounds.ProducerQueueKiB,
        });
        return new ProducerBuilder<byte[], byte[]>(config)
            .SetKeySerializer(Serializers.ByteArray)
            .SetValueSerializer(Serializers.ByteArray)
            .SetLogHandler((_, message) => Forward(message))
            .SetErrorHandler((_, error) => ForwardError(error))
            .Build();
    }

    public IAdminClient Admin() =>
        new AdminClientBuilder(Connect(new AdminClientConfig()))
            .SetLogHandler((_, message) => Forward(message))
            .SetErrorHandler((_, error) => ForwardError(error))
            .Build();

    private ConsumerConfig ReaderConfig(string group) => Connect(new ConsumerConfig
    {
        GroupId = group,
        IsolationLevel = IsolationLevel.ReadCommitted,
        EnableAutoCommit = false,
        EnableAutoOffsetStore = false,
        AutoOffsetReset = AutoOffsetReset.Error,
        AllowAutoCreateTopics = false,
        PartitionAssignmentStrategy = PartitionAssignmentStrategy.Range,
        EnablePartitionEof = true,
        CheckCrcs = true,
        SessionTimeoutMs = (int)options.SessionTimeout.TotalMilliseconds,
        HeartbeatIntervalMs = KafkaBounds.HeartbeatMs,
        MaxPollIntervalMs = KafkaBounds.MaxPollIntervalMs,
        QueuedMaxMessagesKbytes = KafkaBounds.ReaderQueueKiB,
        QueuedMinMessages = KafkaBounds.MinReaderQueueRecords,
        MaxPartitionFetchBytes = KafkaBounds.FetchBytesPerPartition,
        FetchQueueBackoffMs = KafkaBounds.FetchQueueBackoffMs,
        TopicMetadataRefreshIntervalMs = (int)options.MetadataInterval.TotalMilliseconds,
    });

    private ConsumerBuilder<byte[], byte[]> Consumer(ConsumerConfig config) =>
        new ConsumerBuilder<byte[], byte[]>(config)
            .SetKeyDeserializer(Deserializers.ByteArray)
            .SetValueDeserializer(Deserializers.ByteArray)
            .SetLogHandler((_, message) => Forward(message))
            .SetErrorHandler((_, error) => ForwardError(error));

    private T Connect<T>(T config) where T : ClientConfig
    {
        var security = options.Security;
        config.BootstrapServers = options.Bootstrap;
        config.ClientId = options.ClientId;
        config.SecurityProtocol = security.Protocol;
        if (security.Mechanism is { } mechanism) config.SaslMechanism = mechanism;
        if (security.Username is not null) config.SaslUsername = security.Username;
        if (security.PasswordFile is not null) config.SaslPassword = File.ReadAllText(security.PasswordFile).TrimEnd();
        if (security.CaFile is not null) config.SslCaLocation = security.CaFile;
        if (security.CertificateFile is not null) config.SslCertificateLocation = security.CertificateFile;
        if (security.KeyFile is not null) config.SslKeyLocation = security.KeyFile;
        return config;
    }

    /// <summary>The client's own lines name brokers, topics and errors, never keys or values.</summary>
    private void Forward(LogMessage message)
    {
        var level = message.Level switch
        {
            SyslogLevel.Emergency or SyslogLevel.Alert or SyslogLevel.Critical => LogLevel.Critical,
            SyslogLevel.Error => LogLevel.Error,
            SyslogLevel.Warning => LogLevel.Warning,
            SyslogLevel.Notice or SyslogLevel.Info => LogLevel.Information,
            _ => LogLevel.Debug,
        };
        if (Repeated.MayPass($"{message.Name} {message.Facility}", out var heldBack)) ClientSaid(logger, level, message.Name, message.Facility, message.Message, heldBack);
    }

    private void ForwardError(Error error)
    {
        if (error.IsFatal) ClientFailed(logger, LogLevel.Error, error.Code, error.Reason, 0);
        else if (Repeated.MayPass(error.Code.ToString(), out var heldBack)) ClientFailed(logger, LogLevel.Warning, error.Code, error.Reason, heldBack);
    }

    [LoggerMessage(EventId = 40, Message = "KafkaClientSaid {Client} {Facility}: {Message} ({HeldBack} like it held back)", EventName = "KafkaClientSaid")]
    private static partial void ClientSaid(ILogger logger, LogLevel level, string client, string facility, string message, int heldBack);

    [LoggerMessage(EventId = 41, Message = "KafkaClientFailed {Code}: {Reason} ({HeldBack} like it held back)", EventName = "KafkaClientFailed")]
    private static partial void ClientFailed(ILogger logger, LogLevel level, ErrorCode code, string reason, int heldBack);
}
