namespace Pipeline.Runtime;

/// <summary>A rule of the guarantees broken on purpose, so that the simulation can prove that it would be seen.</summary>
internal enum DeliberateFault
{
    /// <summary>Every rule holds.</summary>
    None,

    /// <summary>A reader's positions are stored before the records made of what was read.</summary>
    PositionsBeforeRecords,

    /// <summary>A batch of a partition taken away in the meantime is committed.</summary>
    RevokedPartitionCommitted,

    /// <summary>A step takes its state for restored at the last stable offset, not at the high watermark, and does not compare its position.</summary>
    StateRestoredToLastStableOffset,

    /// <summary>A restarted edge goes on in its earlier epoch.</summary>
    SpoolEpochsShared,

    /// <summary>The sink stores positions past records that are not settled.</summary>
    SinkCommitsPastGap,

    /// <summary>An alert's id leaves out how many times the threshold was crossed before.</summary>
    AlertWithoutOrdinal,

    /// <summary>The booking begins without what is booked already.</summary>
    BookingsNotRestored,

    /// <summary>Reprice takes each revision that it meets for the newest.</summary>
    OlderRevisionsRepriced,
}

/// <summary>Test-only: nothing but the simulation can set it, and only for its own thread.</summary>
internal static class DeliberateFaults
{
    /// <summary>The rule that is broken on this thread; none unless a simulation says so.</summary>
    [ThreadStatic]
    internal static DeliberateFault Active;
}
