namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// The spool's bytes: what is on disk and what is kept for attempts in flight. Together they stay within the bound as long as only what
/// was found to have room is appended.
/// </summary>
/// <param name="onDisk">Bytes found at the start.</param>
internal sealed class SpoolRoom(long maxBytes, long onDisk)
{
    private long _usedBytes = onDisk;
    private long _reservedBytes;

    /// <summary>Bytes on disk.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Bytes kept for attempts in flight.</summary>
    public long ReservedBytes => Volatile.Read(ref _reservedBytes);

    public bool Has(long bytes) => UsedBytes + ReservedBytes + bytes <= maxBytes;

    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _reservedBytes, bytes) + UsedBytes <= maxBytes) return true;
        Interlocked.Add(ref _reservedBytes, -bytes);
        return false;
    }

    /// <summary>Gives back what was reserved.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _reservedBytes, -bytes);

    /// <summary>Bytes were written to disk.</summary>
    public void Use(long bytes) => Interlocked.Add(ref _usedBytes, bytes);

    /// <summary>Bytes were deleted from disk.</summary>
    public void Free(long bytes) => Interlocked.Add(ref _usedBytes, -bytes);
}
