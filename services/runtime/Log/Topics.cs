namespace Pipeline.Runtime.Log;

/// <summary>A topic as the pipeline needs it.</summary>
/// <param name="Retention">How long records are kept; null = until compaction replaces them.</param>
/// <param name="MaxRecordBytes">`max.message.bytes`.</param>
/// <param name="Groups">Consumer groups whose position 0 is written when the topic or a partition is made.</param>
public sealed record TopicSpec(string Name, int Partitions, TimeSpan? Retention, int MaxRecordBytes, IReadOnlyList<string> Groups)
{
    public bool IsCompacted => Retention is null;

    /// <summary>State is placed by the partition count: it is never added to, and another count is a defect.</summary>
    public bool HasFixedPartitions { get; init; }

    /// <summary>Another system's topic: made when it is missing, and otherwise neither changed nor checked.</summary>
    public bool IsForeign { get; init; }
}

/// <summary>Consumer groups, one per reading stage.</summary>
public static class Groups
{
    public const string Enricher = "usage-enricher";
    public const string Booking = "usage-enricher-booking";

    /// <summary>Has no members: it holds where the run of reprice is.</summary>
    public const string Reprice = "usage-enricher-reprice";
    public const string Intake = "usage-enricher-intake";
    public const string Admit = "usage-enricher-admit";
    public const string Sink = "es-sink";
    public const string Router = "budget-watcher-router";
    public const string Ledger = "budget-watcher-ledger";
    public const string Alerter = "budget-watcher-alerter";
}

/// <summary>All topics of the pipeline. Names are fixed; a test compares them with docs/architecture.md and the schema files.</summary>
public static class Topics
{
    public const string UsageRaw = "llm-usage-raw";
    public const string UsageBackground = "llm-usage-background";
    public const string BookedResponses = "llm-booked-responses";

    /// <summary>Only where other systems' usage is imported: their calls by event id.</summary>
    public const string UsageImports = "llm-usage-imports";

    public const string Usage = "llm-usage";
    public const string Aggregates = "llm-usage-aggregates";
    public const string RepriceRuns = "llm-reprice-runs";
    public const string BudgetRoutes = "llm-budget-routes";
    public const string BudgetSpend = "llm-budget-spend";
    public const string BudgetState = "llm-budget-state";
    public const string BudgetAlerts = "llm-budget-alerts";
    public const string Content = "llm-usage-content";
    public const string EdgePositions = "llm-edge-positions";

    public const int DefaultPartitions = 12;

    /// <summary>An encoded event is at most 256 KiB; the rest is room for key, headers and framing.</summary>
    public const int MaxRecordBytes = 320 * 1024;

    public static string DeadLetter(string topic) => topic + ".dead-letter";

    private static readonly TimeSpan UsageRetention = TimeSpan.FromDays(30);
    private static readonly TimeSpan AggregateRetention = TimeSpan.FromDays(45);
    /// <summary>Prompts and replies are for looking into, not for keeping.</summary>
    private static readonly TimeSpan ContentRetention = TimeSpan.FromDays(3);

    private static readonly TimeSpan DeadLetterRetention = TimeSpan.FromDays(90);

    /// <summary>Every topic with its dead-letter topic, in the order of the flow.</summary>
    public static IReadOnlyList<TopicSpec> All(int partitions = DefaultPartitions) =>
    [
        new(EdgePositions, 1, UsageRetention, MaxRecordBytes, []) { HasFixedPartitions = true },
        new(UsageRaw, partitions, UsageRetention, MaxRecordBytes, [Groups.Enricher]),
        DeadLetters(UsageRaw, partitions),
        new(Content, partitions, ContentRetention, MaxRecordBytes, []),
        new(UsageBackground, partitions, UsageRetention, MaxRecordBytes, [Groups.Booking]) { HasFixedPartitions = true },
        DeadLetters(UsageBackground, partitions),
        new(BookedResponses, partitions, null, MaxRecordBytes, []) { HasFixedPartitions = true },
        new(Usage, partitions, UsageRetention, MaxRecordBytes, [Groups.Sink]),
        DeadLetters(Usage, partitions),
        new(Aggregates, partitions, AggregateRetention, MaxRecordBytes, [Groups.Router]),
        DeadLetters(Aggregates, partitions),
        new(RepriceRuns, 1, null, MaxRecordBytes, []) { HasFixedPartitions = true },
        new(BudgetRoutes, 1, null, MaxRecordBytes, []) { HasFixedPartitions = true },
        new(BudgetSpend, partitions, AggregateRetention, MaxRecordBytes, [Groups.Ledger]) { HasFixedPartitions = true },
        DeadLetters(BudgetSpend, partitions),
        new(BudgetState, partitions, null, MaxRecordBytes, []) { HasFixedPartitions = true },
        new(BudgetAlerts, partitions, AggregateRetention, MaxRecordBytes, [Groups.Alerter]),
        DeadLetters(BudgetAlerts, partitions),
    ];

    private static TopicSpec DeadLetters(string topic, int partitions) =>
        new(DeadLetter(topic), partitions, DeadLetterRetention, 2 * MaxRecordBytes, []);
}
