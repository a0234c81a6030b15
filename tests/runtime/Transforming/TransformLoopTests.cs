using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Xunit;

namespace Pipeline.Runtime.Tests.Transforming;

public sealed class TransformLoopTests
{
    private const string DeadTopic = "in.dead-letter";

    private readonly ScriptedLog _log = new();
    private readonly UpperCase _step = new();
    private PrepareBatch? _prepare;
    private TransformOptions _options = new("stage", "group", [ScriptedLog.Topic], "id") { MaxBatchRecords = 4, MaxConsecutiveDeadLetters = 3 };

    [Fact]
    public void Turn_Committed_PositionsAndOutputsMoveTogether()
    {
        _log.Add("a", "b", "c", "d", "e");

        Turns(Loop(), 2);

        Assert.Equal(["A", "B", "C", "D", "E"], _log.WrittenTo("out"));
        Assert.Equal(5, _log.Committed);
        Assert.Equal(["OpenWriter", "OpenReader", "Committed", "Committed"], _log.Calls);
    }

    [Fact]
    public void Turn_Aborted_RewindsAndKeepsTheWriter()
    {
        _log.Add("a", "b");
        _log.Then(new TransactionResult(TransactionOutcome.Aborted, Reason: "IllegalGeneration"));
        using var loop = Loop();

        Assert.Equal(_options.FirstRetryWait, loop.Turn(default));
        Assert.Equal(LoopPhase.WaitingForLog, loop.Status.Phase);
        Assert.Equal(TimeSpan.Zero, loop.Turn(default));

        Assert.Equal(["OpenWriter", "OpenReader", "Aborted", "Rewind", "Committed"], _log.Calls);
        Assert.Equal(["A", "B"], _log.WrittenTo("out"));
        Assert.Equal(LoopPhase.Running, loop.Status.Phase);
    }

    [Theory]
    [InlineData(TransactionOutcome.Fenced)]
    [InlineData(TransactionOutcome.Unknown)]
    public void Turn_WriterSpent_OpensANewOneBeforeThePositionsAreReadAgain(TransactionOutcome outcome)
    {
        _log.Add("a");
        _log.Then(new TransactionResult(outcome));

        Turns(Loop(), 2);

        Assert.Equal(["OpenWriter", "OpenReader", outcome.ToString(), "Dispose", "OpenWriter", "Rewind", "Committed"], _log.Calls);
        Assert.Equal(["A"], _log.WrittenTo("out"));
    }

    [Fact]
    public void Turn_LogStaysAway_WaitsLongerEachTimeUpToABound()
    {
        _log.IsAway = true;
        using var loop = Loop();

        var waits = Enumerable.Range(0, 8).Select(_ => loop.Turn(default).TotalMilliseconds).ToArray();

        Assert.Equal([100, 200, 400, 800, 1600, 3200, 5000, 5000], waits);
        _log.IsAway = false;
        Assert.Equal(TimeSpan.Zero, loop.Turn(default));
    }

    [Fact]
    public void Turn_NotPrepared_HoldsTheBatchBackWithoutADeadLetter()
    {
        _log.Add("a", "b");
        var isRegistryThere = false;
        _prepare = (_, _) => isRegistryThere;
        using var loop = Loop();

        Assert.True(loop.Turn(default) > TimeSpan.Zero);
        Assert.Equal(LoopPhase.WaitingForPreparation, loop.Status.Phase);
        isRegistryThere = true;
        Turns(loop, 1);

        Assert.Equal(["A", "B"], _log.WrittenTo("out"));
        Assert.Empty(_log.WrittenTo(DeadTopic));
    }

    [Fact]
    public void Turn_StepThrowsOnOneRecord_OnlyThatOneIsDeadLettered()
    {
        _log.Add("a", "throw", "c");

        Turns(Loop(), 1);

        Assert.Equal(["A", "C"], _log.WrittenTo("out"));
        var dead = Assert.Single(_log.Written, record => record.Topic == DeadTopic);
        Assert.Equal("throw", Encoding.UTF8.GetString(dead.Value.Span));
        Assert.Equal(["step_failed", "the step threw InvalidOperationException", "stage", "in", "0", "1"], HeaderTexts(dead).Take(6));
        Assert.DoesNotContain(HeaderTexts(dead), text => text.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void Turn_OutputRefused_ItsSourceIsDeadLetteredAndItsShareOfTheSumTakenOut()
    {
        _log.Add("1", "2", "3");
        _step.WritesSum = true;
        _log.Refuses = record => record.Topic == "out" && record.Value.Span.SequenceEqual("2"u8);

        Turns(Loop(), 1);

        Assert.Equal(["1", "3"], _log.WrittenTo("out"));
        Assert.Equal(["4"], _log.WrittenTo("sum"));
        Assert.Equal(["too_large"], _log.Written.Where(record => record.Topic == DeadTopic).Select(record => HeaderTexts(record)[0]));
        Assert.Equal(3, _log.Committed);
    }

    [Fact]
    public void Turn_CombinedOutputRefused_TheRecordBehindItIsFoundByItself()
    {
        _log.Add("1", "99", "3");
        _step.WritesSum = true;
        _log.Refuses = record => record.Topic == "sum" && int.Parse(Encoding.UTF8.GetString(record.Value.Span), null) > 50;

        Turns(Loop(), 1);

        Assert.Equal(["1", "3"], _log.WrittenTo("sum"));
        Assert.Equal(["99"], _log.WrittenTo(DeadTopic));
    }

    [Fact]
    public void Turn_DeadLetterRefused_StopsRatherThanLoseIt()
    {
        _log.Add("throw");
        _log.Refuses = record => record.Topic == DeadTopic;
        using var loop = Loop();

        var stopped = Assert.Throws<LoopStoppedException>(() => loop.Turn(default));

        Assert.Contains("max.message.bytes", stopped.Message);
        Assert.Equal(0, _log.Committed);
    }

    [Fact]
    public void Run_TooManyDeadLettersInARowOverBatches_StopsBeforeTheBatchThatGoesOver()
    {
        _log.Add("throw", "ok", "throw", "throw", "throw", "throw", "ok");
        var loop = Loop();

        var stopped = Assert.Throws<LoopStoppedException>(() => loop.Run(default));

        Assert.Contains("in[0] up to offset 5", stopped.Message);
        Assert.Equal(4, _log.Committed);
        Assert.Equal(LoopPhase.Stopped, loop.Status.Phase);
        Assert.Equal(3, _log.WrittenTo(DeadTopic).Count());
    }

    [Fact]
    public void Turn_EffectsExceedATransaction_TheBatchIsSplitInOrder()
    {
        _options = _options with { MaxBatchRecords = 10 };
        _log.Add("many", "many", "b");

        Turns(Loop(), 1);

        Assert.True(_log.Transactions.Count > 1);
        Assert.All(_log.Transactions, transaction => Assert.True(transaction.Records.Count <= LogTransaction.MaxRecords));
        Assert.Equal((2 * UpperCase.Many) + 1, _log.Written.Count);
        Assert.Equal("B", _log.WrittenTo("out").Last());
        Assert.Equal([1L, 3L], _log.Transactions.Select(transaction => transaction.Positions!.Next[ScriptedLog.Partition]));
    }

    [Fact]
    public void Turn_SecondHalfOfASplitBatchAborted_OnlyItComesAgain()
    {
        _options = _options with { MaxBatchRecords = 10 };
        _log.Add("many", "many", "b");
        _log.Then(TransactionResult.Committed, new TransactionResult(TransactionOutcome.Aborted));

        Turns(Loop(), 2);

        Assert.Equal((2 * UpperCase.Many) + 1, _log.Written.Count);
        Assert.Equal(3, _log.Committed);
    }

    [Fact]
    public void Turn_OneRecordExceedsATransaction_IsDeadLettered()
    {
        _log.Add("toomany", "b");

        Turns(Loop(), 1);

        Assert.Equal(["B"], _log.WrittenTo("out"));
        Assert.Equal(["toomany"], _log.WrittenTo(DeadTopic));
    }

    [Fact]
    public void Run_ToldToStopInTheMiddleOfABatch_CommitsItAndLeaves()
    {
        _log.Add("a", "b", "c", "d", "e");
        using var stop = new CancellationTokenSource();
        _step.Stepping = stop.Cancel;
        var loop = Loop();

        loop.Run(stop.Token);

        Assert.Equal(["OpenWriter", "OpenReader", "Committed", "Dispose", "Dispose"], _log.Calls);
        Assert.Equal(4, _log.Committed);
        Assert.Equal(LoopPhase.Drained, loop.Status.Phase);
    }

    private TransformLoop Loop() => new(_log, _step, _options, _prepare, TimeProvider.System, NullLogger.Instance);

    private static void Turns(TransformLoop loop, int count)
    {
        for (var i = 0; i < count; i++) loop.Turn(default);
    }

    private static string[] HeaderTexts(NewRecord record) => [.. record.Headers!.Select(header => Encoding.UTF8.GetString(header.Value.Span))];

    /// <summary>Writes each value in capitals, and a sum of the numbers when asked.</summary>
    private sealed class UpperCase : ITransform
    {
        public const int Many = 12_000;

        public bool WritesSum { get; set; }

        public Action? Stepping { get; set; }

        public void Step(RecordBatch batch, StepEffects effects)
        {
            Stepping?.Invoke();
            var sum = 0;
            foreach (var record in batch.Records)
            {
                var text = Encoding.UTF8.GetString(record.Value.Span);
                if (text == "throw") throw new InvalidOperationException("secret words of the record");
                var copies = text switch { "many" => Many, "toomany" => LogTransaction.MaxRecords + 1, _ => 1 };
                for (var i = 0; i < copies; i++) effects.Append(record, new NewRecord("out", record.Key, Encoding.UTF8.GetBytes(text.ToUpperInvariant())));
                if (WritesSum) sum += int.Parse(text, null);
            }

            if (WritesSum && batch.Records.Count > 0) effects.AppendCombined(new NewRecord("sum", "k"u8.ToArray(), Encoding.UTF8.GetBytes(sum.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        }
    }
}
