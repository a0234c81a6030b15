using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>The imports as a part of the enricher: two loops, of which neither runs when no topic is configured.</summary>
internal static class IntakeService
{
    /// <summary>Of a foreign topic that is made here: its records hold prompts and replies.</summary>
    private const int ForeignRecordBytes = 1024 * 1024;

    private static readonly TimeSpan ImportRetention = TimeSpan.FromDays(30);
    private static readonly TimeSpan DeadLetterRetention = TimeSpan.FromDays(90);

    /// <summary>Topics that the imports need beside the pipeline's own.</summary>
    /// <param name="partitions">Of topics that are made.</param>
    public static IReadOnlyList<TopicSpec> TopicsOf(IntakeOptions options, int partitions)
    {
        if (options.Topics.Count == 0) return [];
        return
        [
            .. options.Topics.Select(topic => new TopicSpec(topic, partitions, ImportRetention, ForeignRecordBytes, [Groups.Intake]) { IsForeign = true }),
            .. options.Topics.Select(topic => DeadLetters(topic, partitions)),
            new TopicSpec(Topics.UsageImports, partitions, ImportRetention, Topics.MaxRecordBytes, [Groups.Admit]) { HasFixedPartitions = true },
            DeadLetters(Topics.UsageImports, partitions),
        ];
    }

    /// <returns>The steps, to be disposed once the service has run.</returns>
    public static IReadOnlyList<IDisposable> Add(LogConnection log, IntakeOptions options, int maxBatchRecords, int maxConsecutiveDeadLetters)
    {
        if (options.Topics.Count == 0) return [];
        var intake = new IntakeTransform(options, log.Schemas, new IntakeMetrics());
        log.AddLoop(intake, Loop(IntakeTransform.Stage, Groups.Intake, options.Topics) with { DeadLettersHoldBytes = false }, (_, stop) => log.Schemas.Prepare(stop));
        var admit = new AdmitTransform(log.Log, options.RememberedEvents, new IntakeMetrics());
        log.AddLoop(admit, Loop(AdmitTransform.Stage, Groups.Admit, [Topics.UsageImports]), (_, _) => true);
        return [intake, admit];

        TransformOptions Loop(string stage, string group, IReadOnlyList<string> topics) => new(stage, group, topics, log.IdOf(stage))
        {
            MaxBatchRecords = maxBatchRecords,
            MaxConsecutiveDeadLetters = maxConsecutiveDeadLetters,
        };
    }

    private static TopicSpec DeadLetters(string topic, int partitions) =>
        new(Topics.DeadLetter(topic), partitions, DeadLetterRetention, 2 * Topics.MaxRecordBytes, []);
}
