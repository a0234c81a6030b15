namespace Pipeline.Runtime.Segments;

/// <summary>What reading a frame gave.</summary>
public enum CursorOutcome
{
    Frame,

    /// <summary>Nothing more now; frames appended later will come.</summary>
    End,

    /// <summary>The bytes are not what was written, or a segment is missing: see the fault. Never passed over without a word.</summary>
    Corrupt,

    /// <summary>The segment was deleted.</summary>
    Gone,
}

/// <summary>Reads frames in order. For one thread at a time; appends may go on meanwhile.</summary>
public sealed class SegmentCursor : IDisposable
{
    private readonly SegmentStore _store;
    private readonly FrameScan _scan = new();
    private Segment? _segment;
    private long _from;

    internal SegmentCursor(SegmentStore store, long ordinal) => (_store, _from, NextOrdinal) = (store, ordinal, ordinal);

    /// <summary>Of the frame that comes next.</summary>
    public long NextOrdinal { get; private set; }

    /// <summary>Set when the last answer was Corrupt.</summary>
    public SegmentFault? Fault { get; private set; }

    /// <param name="payload">Valid until the next call.</param>
    public CursorOutcome Read(out FramePlace place, out ReadOnlySpan<byte> payload)
    {
        place = default;
        payload = default;
        if (Fault is not null) return CursorOutcome.Corrupt;
        if (NextOrdinal == _store.NextOrdinal) return CursorOutcome.End;
        try
        {
            while (true)
            {
                if (_segment is null && Find() is { } missing) return missing;
                var segment = _segment!;
                if (segment.Fault is { } fault) return Damaged(fault);
                var address = segment.StartAddress + _scan.Position;
                var outcome = _scan.Next(segment.File, _store.Seed, segment.StartAddress, segment.Length, out payload);
                if (outcome == ScanOutcome.Bad) return Damaged(new SegmentFault(segment.Path, _scan.Position, _scan.BadReason!));
                if (outcome == ScanOutcome.Frame)
                {
                    place = new FramePlace(NextOrdinal++, address);
                    if (place.Ordinal >= _from) return CursorOutcome.Frame;
                    continue;
                }

                if (Follow(segment) is { } stop) return stop;
            }
        }
        catch (ObjectDisposedException)
        {
            return CursorOutcome.Gone;
        }
        catch (IOException error)
        {
            return Damaged(new SegmentFault(_segment!.Path, _scan.Position, error.Message));
        }
    }

    /// <summary>Goes on behind the damage, with the next segment; with none, at the end.</summary>
    /// <returns>Frames that cannot be read any more.</returns>
    public long PassFault()
    {
        if (Fault is null) throw new InvalidOperationException("There is no fault to pass.");
        Fault = null;
        var lostFrom = Math.Max(NextOrdinal, _from);
        var next = Array.Find(_store.Segments, segment => segment.FirstOrdinal > NextOrdinal && segment.Fault is null);
        NextOrdinal = _from = Math.Max(_from, next?.FirstOrdinal ?? _store.NextOrdinal);
        _segment = null;
        return NextOrdinal - lostFrom;
    }

    public void Dispose() => _scan.Dispose();

    private CursorOutcome? Find()
    {
        var segments = _store.Segments;
        if (segments.Length == 0 || segments[0].FirstOrdinal > _from) return CursorOutcome.Gone;
        _segment = Array.FindLast(segments, segment => segment.FirstOrdinal <= _from)!;
        NextOrdinal = _segment.FirstOrdinal;
        _scan.Begin(SegmentFormat.HeaderBytes);
        return null;
    }

    private CursorOutcome? Follow(Segment segment)
    {
        var segments = _store.Segments;
        var index = Array.IndexOf(segments, segment);
        if (index < 0) return CursorOutcome.Gone;
        if (index == segments.Length - 1) return CursorOutcome.End;
        // Its length is final only now that a successor is seen.
        if (_scan.Position < segment.Length) return null;
        var next = segments[index + 1];
        if (next.FirstOrdinal != NextOrdinal || (next.Fault is null && next.StartAddress != segment.StartAddress + segment.Length))
            return Damaged(new SegmentFault(segment.Path, _scan.Position, $"frames {NextOrdinal} to {next.FirstOrdinal - 1} should follow: a segment is cut off or missing"));
        _segment = next;
        _scan.Begin(SegmentFormat.HeaderBytes);
        return null;
    }

    private CursorOutcome Damaged(SegmentFault fault)
    {
        Fault = fault;
        return CursorOutcome.Corrupt;
    }
}
