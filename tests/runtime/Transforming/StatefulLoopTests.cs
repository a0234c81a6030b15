using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Xunit;

namespace Pipeline.Runtime.Tests.Transforming;

public sealed class StatefulLoopTests
{
    private readonly ScriptedLog _log = new();
    private readonly Sum _sum = new();
    private readonly TransformOptions _options = new("stage", "group", [ScriptedLog.Topic], "id") { MaxBatchRecords = 4 };

    [Fact]
    public void Turn_Assigned_RestoresBeforeItTakesARecord()
    {
        _log.Add("1", "2");
        _sum.Restores = new Queue<RestoreOutcome>([RestoreOutcome.Waiting, RestoreOutcome.Progressed, RestoreOutcome.Restored]);
        using var loop = Loop();

        loop.Turn(default);                                     // joins
        Assert.Equal(_options.FirstRetryWait, loop.Turn(default));
        Assert.Equal(LoopPhase.Restoring, loop.Status.Phase);
        Assert.True(loop.Turn(default) < _options.FirstRetryWait);
        Assert.Empty(_log.Transactions);
        loop.Turn(default);

        Assert.Equal(["restore 0", "restore 0", "restore 0", "begin", "step 1 2", "end", "committed"], _sum.Calls);
        Assert.Equal(["3"], _log.WrittenTo("state"));
        Assert.Equal(LoopPhase.Running, loop.Status.Phase);
    }

    [Fact]
    public void Turn_Aborted_TheDecisionIsTakenBackAndNotRestored()
    {
        _log.Add("1", "2");
        _log.Then(new TransactionResult(TransactionOutcome.Aborted));
        Turns(3);
        Assert.Equal(3, _sum.Committed);
        Assert.Equal(1, _sum.Calls.Count(static call => call.StartsWith("restore", StringComparison.Ordinal)));
        Assert.Equal(["3"], _log.WrittenTo("state"));
    }

    [Theory]
    [InlineData(TransactionOutcome.Unknown)]
    [InlineData(TransactionOutcome.Fenced)]
    public void Turn_WriterSpent_EverythingIsRestoredAgain(TransactionOutcome outcome)
    {
        _log.Add("1", "2");
        _log.Then(new TransactionResult(outcome));
        Turns(3);
        Assert.Equal(["restore 0", "begin", "step 1 2", "end", "revoked", "restore 0", "begin", "step 1 2", "end", "committed"], _sum.Calls);
        Assert.Equal(3, _sum.Committed);
    }

    [Fact]
    public void Turn_StepThrowsHalfwayThroughARecord_ItLeavesNothingInTheState()
    {
        _log.Add("1", "throw", "4");
        Turns(2);
        Assert.Equal(5, _sum.Committed);
        Assert.Equal(["5"], _log.WrittenTo("state"));
        Assert.Equal(["throw"], _log.WrittenTo("in.dead-letter"));
    }

    [Fact]
    public void Turn_SomethingIsDue_IsDecidedBeforeTheBatchAtTheCommittedPosition()
    {
        _log.Add("1");
        _sum.Due = 2;
        Turns(2);
        Assert.Equal(["restore 0", "begin", "due 0", "end", "committed", "begin", "due 0", "end", "committed", "begin", "step 1", "end", "committed"], _sum.Calls);
        Assert.Equal([0L, 0L, 1L], _log.Transactions.Select(static transaction => transaction.Positions!.Next[ScriptedLog.Partition]));
        Assert.All(_log.Transactions, static transaction => Assert.NotNull(transaction.Positions!.Membership));
    }

    [Fact]
    public void Turn_PartitionStoppedByItsState_IsNeitherReadNorMoved()
    {
        _log.Add("1", "2");
        _sum.Stops = true;
        using var loop = Loop();
        for (var i = 0; i < 3; i++) loop.Turn(default);
        Assert.Empty(_log.Transactions);
        Assert.Equal(["wrong"], loop.Status.StoppedPartitions.Select(static stopped => stopped.Reason));
    }

    [Fact]
    public void Turn_StateRecordRefused_StopsRatherThanGoOnWithoutIt()
    {
        _log.Add("1");
        _log.Refuses = static record => record.Topic == "state";
        using var loop = Loop();
        loop.Turn(default);
        Assert.Contains("max.message.bytes", Assert.Throws<LoopStoppedException>(() => loop.Turn(default)).Message);
        Assert.Equal(0, _log.Committed);
    }

    private TransformLoop Loop() => new(_log, _sum, _options, null, TimeProvider.System, NullLogger.Instance);

    private void Turns(int count)
    {
        using var loop = Loop();
        for (var i = 0; i < count; i++) loop.Turn(default);
    }

    /// <summary>Adds up what it reads and writes the sum with every decision.</summary>
    private sealed class Sum : IStatefulTransform
    {
        private int _decided;
        private bool _isDueDecided;

        public int Committed { get; private set; }

        public int Due { get; set; }

        public bool Stops { get; set; }

        public Queue<RestoreOutcome> Restores { get; set; } = new();

        public List<string> Calls { get; } = [];

        public IReadOnlyList<StoppedPartition> Stopped { get; private set; } = [];

        public RestoreOutcome Restore(RestoreRequest request, CancellationToken stop)
        {
            Calls.Add($"restore {request.Positions[ScriptedLog.Partition]}");
            if (Stops) Stopped = [new StoppedPartition(ScriptedLog.Partition, null, "wrong")];
            return Restores.TryDequeue(out var outcome) ? outcome : RestoreOutcome.Restored;
        }

        public void Revoked(IReadOnlyList<TopicPartition> partitions)
        {
            Calls.Add("revoked");
            Committed = 0;
        }

        public bool FindDue(DateTimeOffset now, CancellationToken stop) => Due > 0;

        public void BeginDecision()
        {
            Calls.Add("begin");
            (_decided, _isDueDecided) = (Committed, false);
        }

        public void Step(RecordBatch batch, StepEffects effects)
        {
            var texts = batch.Records.Select(static record => Encoding.UTF8.GetString(record.Value.Span)).ToArray();
            Calls.Add("step " + string.Join(' ', texts));
            foreach (var text in texts)
            {
                _decided += text == "throw" ? 1_000 : int.Parse(text, null);
                if (text == "throw") throw new InvalidOperationException();
            }
        }

        public void StepDue(IReadOnlyDictionary<TopicPartition, long> positions, StepEffects effects)
        {
            Calls.Add($"due {positions[ScriptedLog.Partition]}");
            _isDueDecided = true;
        }

        public void EndDecision(IReadOnlyDictionary<TopicPartition, long> next, StepEffects effects)
        {
            Calls.Add("end");
            effects.AppendCombined(new NewRecord("state", "k"u8.ToArray(), Encoding.UTF8.GetBytes(_decided.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        }

        void IStatefulTransform.Committed()
        {
            Calls.Add("committed");
            Committed = _decided;
            if (_isDueDecided) Due--;
        }
    }
}
