namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// Bytes of the spool that no committed position covers: what would be missing in the log if the volume were lost now. Of an earlier epoch
/// everything counts until its position has been read.
/// </summary>
/// <remarks>Openings count until their position is committed; in an earlier epoch those without an end until their interrupted events are.</remarks>
internal sealed class UnshippedBytes
{
    private readonly Dictionary<SpoolEpoch, (long CoveredTo, long OwedBytes)> _epochs = [];
    private long _total;

    public long Total => Volatile.Read(ref _total);

    /// <summary>An epoch as it was found: all of it.</summary>
    public void Found(SpoolEpoch epoch)
    {
        _epochs[epoch] = (epoch.Store.EndAddress - epoch.Store.Bytes, 0);
        Add(epoch.Store.Bytes);
    }

    public void Appended(long bytes) => Add(bytes);

    /// <summary>A position was committed, or read from the log. To be called where nothing is appended meanwhile.</summary>
    /// <param name="position">Everything before it is shipped.</param>
    /// <param name="address">Where its frame begins, if that is known and it is not the end.</param>
    /// <param name="owedBytes">Openings before it whose interrupted events are still to be shipped.</param>
    public void Covered(SpoolEpoch epoch, long position, long? address, long owedBytes)
    {
        if (position >= epoch.Store.NextOrdinal) address = epoch.Store.EndAddress;
        if (address is not { } to || !_epochs.TryGetValue(epoch, out var was)) return;
        _epochs[epoch] = (to, owedBytes);
        Add(was.CoveredTo - to + owedBytes - was.OwedBytes);
    }

    /// <summary>Nothing of the epoch is to be shipped any more.</summary>
    public void Ended(SpoolEpoch epoch)
    {
        if (_epochs.Remove(epoch, out var was)) Add(was.CoveredTo - epoch.Store.EndAddress - was.OwedBytes);
    }

    private void Add(long bytes) => Interlocked.Add(ref _total, bytes);
}
