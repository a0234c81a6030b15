namespace Pipeline.Runtime.Log.Kafka;

/// <summary>Every bound and wait of the Kafka engine. Nothing waits or grows past what is named here.</summary>
internal static class KafkaBounds
{
    // What a topic must have, so that one broker can be lost without losing or forking records.
    public const int LeastReplication = 3;
    public const int LeastInSyncReplicas = 2;

    // Transactions.

    /// <summary>A crashed writer's open transaction holds committed readers back for this long.</summary>
    public static readonly TimeSpan TransactionTimeout = LogTransaction.Timeout;

    /// <summary>A commit without an answer is repeated until its transaction has timed out for certain.</summary>
    public static readonly TimeSpan CommitBound = TransactionTimeout + TimeSpan.FromSeconds(5);

    /// <summary>
    /// A commit is asked for in slices: after a record was refused, those sent behind it are never answered, and only the
    /// next slice says that the transaction has failed.
    /// </summary>
    public static readonly TimeSpan CommitSlice = TimeSpan.FromMilliseconds(300);

    public static readonly TimeSpan AbortBound = TimeSpan.FromSeconds(10);

    /// <summary>Taking over a transactional id ends the earlier writer's transaction, which takes the coordinator a moment.</summary>
    public static readonly TimeSpan OpenWriterBound = TimeSpan.FromSeconds(15);

    /// <summary>The client's default of 100 ms holds transactions to 10 a second: each waits while the coordinator ends the last.</summary>
    public const int RetryBackoffMs = 5;
    public const int RetryBackoffMaxMs = 1_000;
    public const int LingerMs = 2;

    /// <summary>
    /// A record batch must stay below the smallest `max.message.bytes`, since the broker refuses all of it at once.
    /// </summary>
    public const int ProducerBatchBytes = Topics.MaxRecordBytes - 64 * 1024;

    /// <summary>Largest record the client takes: more than any topic does, so that the broker's word counts.</summary>
    public const int MaxRequestRecordBytes = 4 * Topics.MaxRecordBytes;

    /// <summary>A transaction always fits the queue: see <see cref="LogTransaction.MaxRecords"/> and <see cref="LogTransaction.MaxBytes"/>.</summary>
    public const int ProducerQueueRecords = 2 * LogTransaction.MaxRecords;
    public const int ProducerQueueKiB = 2 * LogTransaction.MaxBytes / 1024;

    // Reading.

    /// <summary>Records fetched ahead of the reader, over all partitions.</summary>
    public const int ReaderQueueKiB = 32 * 1024;
    public const int MinReaderQueueRecords = 20_000;
    public const int FetchBytesPerPartition = 2 * 1024 * 1024;

    /// <summary>The client's default of 1 s idles a fast reader each time its queue is full.</summary>
    public const int FetchQueueBackoffMs = 10;
    public const int HeartbeatMs = 2_000;

    /// <summary>Longest time between two polls before the group takes the partitions away; above every bound of a transaction.</summary>
    public const int MaxPollIntervalMs = 120_000;

    /// <summary>How often a wait for records looks whether it shall stop.</summary>
    public static readonly TimeSpan PollSlice = TimeSpan.FromMilliseconds(50);

    /// <summary>Times that one transaction is begun anew because its sequence numbers were out of order.</summary>
    public const int MaxSequenceTries = 4;

    public static readonly TimeSpan PositionsBound = TimeSpan.FromSeconds(10);

    /// <summary>Tries to read positions inside one rebalance; then the group is joined anew.</summary>
    public const int PositionTries = 3;

    public static readonly TimeSpan RejoinWait = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// A reader without a membership for this long joins as a new client: a rebalance is over by then, and users of librdkafka report
    /// members that never come back once their coordinator went away (its issues 2944, 3082 and 3396).
    /// </summary>
    public static readonly TimeSpan MembershipWait = TimeSpan.FromMilliseconds(MaxPollIntervalMs) + TimeSpan.FromSeconds(30);

    // Administration.
    public static readonly TimeSpan AdminRequestBound = TimeSpan.FromSeconds(10);

    /// <summary>For topics and coordinators that were just made to be known everywhere.</summary>
    public static readonly TimeSpan ProvisioningBound = TimeSpan.FromSeconds(40);
    public static readonly TimeSpan ProvisioningRetryWait = TimeSpan.FromMilliseconds(200);

    /// <summary>A partition count is asked for again when it is older than this.</summary>
    public static readonly TimeSpan PartitionCountAge = TimeSpan.FromSeconds(30);

    /// <summary>Groups whose empty membership is kept; with more the oldest answers are asked for again.</summary>
    public const int RememberedGroups = 64;
}
