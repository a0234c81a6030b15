using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Segments;

namespace Pipeline.Runtime.Log.Embedded;

/// <summary>How opening the embedded log ended.</summary>
/// <param name="Log">Null when <paramref name="Failure"/> says why, with the remedy.</param>
/// <param name="Torn">What a crash left unfinished and was cut off; null when there was nothing.</param>
public sealed record EmbeddedLogOpening(EmbeddedLog? Log, string? Failure, TornTail? Torn);

/// <summary>
/// The log of one process: one journal of transactions in segment files, and an index of it in memory.
/// <code>
/// Execute ──(1) fence, membership, sizes──► (2) one frame appended ──► (3) index and positions ──► (4) readers woken
/// </code>
/// Guarantee: a transaction is one checksummed frame, so that a crash at any moment leaves whole transactions, from the first to some last
/// one: records and positions together. What is read is committed by construction.
/// </summary>
/// <remarks>
/// Safe for use by several threads. Why a single journal, and how retention and compaction will work on it:
/// docs/decisions/0003-one-journal.md.
/// </remarks>
public sealed class EmbeddedLog : ILog
{
    private readonly SegmentStore _journal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // One transaction at a time. Taken before _state, never after it.
    private readonly Lock _commit = new();
    private readonly JournalWriter _frame = new();
    private readonly TransactionEncoding _encoding;
    private readonly Dictionary<string, long> _fences = new(StringComparer.Ordinal);

    // Short: readers take it for each piece they read.
    private readonly Lock _gate = new();
    private readonly LogState _state;
    private readonly Dictionary<string, ReaderGroup> _groups = new(StringComparer.Ordinal);
    private readonly List<ManualResetEventSlim> _readers = [];
    private volatile bool _isClosed;

    private EmbeddedLog(SegmentStore journal, LogState state, TimeProvider time, ILogger logger)
    {
        (_journal, _state, _time, _logger) = (journal, state, time, logger);
        _encoding = new TransactionEncoding(_frame);
    }

    /// <summary>Opens the log in the folder, or begins one there.</summary>
    public static EmbeddedLogOpening Open(string path, EmbeddedLogOptions options, TimeProvider time, ILogger logger)
    {
        try
        {
            return Open(new FileDisk(path), options, time, Guid.NewGuid, logger);
        }
        catch (IOException error)
        {
            return new EmbeddedLogOpening(null, $"{path} cannot be used for the embedded log: {error.Message}", null);
        }
    }

    /// <param name="newId">Makes the id of a new journal.</param>
    public static EmbeddedLogOpening Open(ISegmentDisk disk, EmbeddedLogOptions options, TimeProvider time, Func<Guid> newId, ILogger logger)
    {
        var opening = SegmentStore.Open(disk, options.Segments, time, newId);
        if (opening.Store is not { } journal) return new EmbeddedLogOpening(null, opening.Failure, null);
        var state = new LogState();
        try
        {
            if (Scan(journal, state) is { } fault)
            {
                journal.Dispose();
                return new EmbeddedLogOpening(null, $"the embedded log is damaged: {fault}. Restore the file from a copy; nothing was changed", opening.Torn);
            }
        }
        catch (InvalidDataException error)
        {
            journal.Dispose();
            return new EmbeddedLogOpening(null, $"the embedded log in {disk.Path} cannot be read: {error.Message}", opening.Torn);
        }

        return new EmbeddedLogOpening(new EmbeddedLog(journal, state, time, logger), null, opening.Torn);
    }

    internal SegmentStore Journal => _journal;
    internal TimeProvider Time => _time;
    internal bool IsClosed => _isClosed;

    public IReadOnlyList<string>? Provision(IReadOnlyList<TopicSpec> topics)
    {
        lock (_commit)
        {
            if (Away is not null) return null;
            var defects = new List<string>();
            var changed = new List<TopicSpec>();
            var positions = new List<(string Group, TopicPartition Partition)>();
            lock (_gate)
            {
                foreach (var topic in topics) new TopicProvisioning(_state, topic).Decide(defects, changed, positions);
            }

            if (defects.Count > 0 || changed.Count + positions.Count == 0) return defects;
            _frame.Begin(NowUs());
            _frame.WriteCount(changed.Count);
            foreach (var topic in changed) _frame.WriteTopic(topic);
            WriteZeroPositions(positions, changed);
            _frame.WriteCount(0);
            return Append() is { } failure ? [$"topics and positions cannot be written: {failure}"] : [];
        }
    }

    public ILogReader OpenReader(ReaderOptions options) => new EmbeddedReader(this, options, _logger);

    public ILogReader OpenCursor(IReadOnlyDictionary<TopicPartition, long> from) => new EmbeddedCursor(this, from);

    public ILogWriter? OpenWriter(string transactionalId, out string? reason)
    {
        lock (_commit)
        {
            reason = Away;
            if (reason is not null) return null;
            var fence = _fences.GetValueOrDefault(transactionalId) + 1;
            _fences[transactionalId] = fence;
            return new EmbeddedWriter(this, transactionalId, fence);
        }
    }

    public PositionRead ReadPosition(string group, TopicPartition partition)
    {
        if (_isClosed) return new PositionRead(false, null);
        lock (_gate) return new PositionRead(true, _state.Position(group, partition));
    }

    public PartitionBounds? ReadBounds(TopicPartition partition)
    {
        if (_isClosed) return null;
        lock (_gate) return _state.Partition(partition) is { } log ? new PartitionBounds(log.Start, log.End) : new PartitionBounds(0, 0);
    }

    public int? PartitionCount(string topic)
    {
        if (_isClosed) return null;
        lock (_gate) return _state.Topic(topic)?.Partitions.Length ?? 0;
    }

    public void Dispose()
    {
        lock (_commit)
        {
            if (_isClosed) return;
            _isClosed = true;
            lock (_gate)
                foreach (var signal in _readers) signal.Set();
            _journal.Dispose();
        }
    }

    internal TransactionResult Execute(string transactionalId, long fence, LogTransaction transaction)
    {
        if (transaction.Records.Count > LogTransaction.MaxRecords) throw new ArgumentException($"{transaction.Records.Count} records are over {LogTransaction.MaxRecords}, the bound of a transaction", nameof(transaction));
        lock (_commit)
        {
            if (_fences[transactionalId] != fence) return new(TransactionOutcome.Fenced, null, "another writer took over the transactional id");            // (1)
            if (Away is { } away) return new(TransactionOutcome.Aborted, null, away);
            lock (_gate)
            {
                if (transaction.Positions is { Membership: { } membership } positions
                    && (membership is not EmbeddedMembership proof || !proof.Covers(positions.Next.Keys)))
                    return new(TransactionOutcome.Aborted, null, "the batch's assignment generation has ended");
                if (_encoding.Encode(transaction.Records, transaction.Positions, _state, NowUs()) is { } wrong) return new(TransactionOutcome.Aborted, null, wrong);
            }

            if (_encoding.Refused.Count > 0) return new(TransactionOutcome.Refused, [.. _encoding.Refused], "over the topic's MaxRecordBytes");
            if (Append() is not { } failure) return TransactionResult.Committed;
            // A frame whose sync failed may be there after a restart.
            return new(_journal.IsBroken ? TransactionOutcome.Unknown : TransactionOutcome.Aborted, null, failure);
        }
    }

    /// <summary>Stores positions that a reader decided itself, such as an operator's answer to a missing one.</summary>
    internal bool StorePositions(string group, IReadOnlyDictionary<TopicPartition, long> next)
    {
        if (next.Count == 0) return true;
        lock (_commit)
        {
            if (Away is not null) return false;
            lock (_gate)
                if (_encoding.Encode([], new PositionCommit(group, next), _state, NowUs()) is not null) return false;
            return Append() is null;
        }
    }

    internal T Under<T>(Func<LogState, T> read)
    {
        lock (_gate) return read(_state);
    }

    internal void Join(string group, GroupMember member)
    {
        lock (_gate)
        {
            if (!_groups.TryGetValue(group, out var known)) _groups[group] = known = new ReaderGroup();
            _readers.Add(member.Signal);
            known.Join(member);
        }
    }

    internal void Leave(string group, GroupMember member)
    {
        lock (_gate)
        {
            _readers.Remove(member.Signal);
            if (!_groups.TryGetValue(group, out var known)) return;
            known.Leave(member);
            if (known.IsEmpty) _groups.Remove(group);
        }
    }

    /// <returns>What the member owns now; null while a new generation waits for other readers.</returns>
    internal Assignment? Owned(string group, GroupMember member, Assignment? held, out bool mustGiveUp)
    {
        lock (_gate)
        {
            var known = _groups[group];
            mustGiveUp = held is not null && held.Generation != known.Generation;
            if (mustGiveUp)
            {
                // From here on its batches are void, while it is still told.
                member.Current = null;
                return null;
            }

            if (held is null && member.ReadyFor != known.Generation) known.Ready(member, _state);
            return member.Current is { } current && current.Generation == known.Generation ? current : null;
        }
    }

    internal void Watch(ManualResetEventSlim signal)
    {
        lock (_gate) _readers.Add(signal);
    }

    internal void Unwatch(ManualResetEventSlim signal)
    {
        lock (_gate) _readers.Remove(signal);
    }

    private string? Away => _isClosed ? "the embedded log is closed" : _journal.IsBroken ? "the journal's disk failed; check it and start again" : null;

    private static SegmentFault? Scan(SegmentStore journal, LogState state)
    {
        using var cursor = journal.ReadFrom(journal.FirstOrdinal);
        while (true)
        {
            var outcome = cursor.Read(out var place, out var payload);
            if (outcome == CursorOutcome.Corrupt) return cursor.Fault;
            if (outcome != CursorOutcome.Frame) return null;
            state.Apply(payload, place.Address);
        }
    }

    /// <returns>Null when the frame is in the journal and applied, else why not.</returns>
    private string? Append()
    {
        var outcome = _journal.Append(_frame.Written, out var place);                                                 // (2)
        if (outcome != AppendOutcome.Appended) return outcome == AppendOutcome.DiskFull ? "the journal's disk is full" : "the journal's disk failed";
        lock (_gate)
        {
            if (_state.Apply(_frame.Written, place.Address))                                                          // (3)
                foreach (var group in _groups.Values) group.Begin();
            foreach (var signal in _readers) signal.Set();                                                            // (4)
        }

        return null;
    }

    private void WriteZeroPositions(List<(string Group, TopicPartition Partition)> positions, List<TopicSpec> changed)
    {
        var groups = positions.GroupBy(static one => one.Group).ToArray();
        _frame.WriteCount(groups.Length);
        foreach (var group in groups)
        {
            _frame.WriteGroup(group.Key, group.Count());
            foreach (var (_, partition) in group) _frame.WritePosition(IdOf(partition.Topic), partition.Partition, 0);
        }

        // New topics get their ids in the order in which the frame names them.
        int IdOf(string topic) => _state.Topic(topic)?.Id ?? _state.TopicCount + changed.Where(spec => _state.Topic(spec.Name) is null).TakeWhile(spec => spec.Name != topic).Count();
    }

    private long NowUs()
    {
        var now = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        return Math.Max(now, _state.LastAppendTimeUs);
    }
}
