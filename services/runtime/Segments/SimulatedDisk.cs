namespace Pipeline.Runtime.Segments;

/// <summary>The machine stopped at a change to the simulated disk. Thrown to the top of the simulation, which then restarts the disk.</summary>
public sealed class SimulatedCrashException : Exception
{
    public SimulatedCrashException() : base("The simulated machine stopped here.")
    {
    }
}

/// <summary>How the simulated machine stopped.</summary>
public enum CrashKind
{
    /// <summary>kill -9: what was written is there, the write in hand perhaps in part.</summary>
    Process,

    /// <summary>What was not synced is kept or lost sector by sector, names too.</summary>
    Power,
}

/// <summary>
/// A disk in memory whose failures are under the test's control: it stops at any change, tears the write in hand, loses what was not
/// synced, and fills up. All choices come from the given random source, so a seed repeats them.
/// </summary>
public sealed class SimulatedDisk(Random random, long capacityBytes = long.MaxValue)
{
    internal const int SectorBytes = 512;

    private readonly Dictionary<string, SimulatedFolder> _folders = new(StringComparer.Ordinal);
    private long _crashAt = long.MaxValue;

    internal Lock Gate { get; } = new();
    internal Random Random => random;

    /// <summary>Changes made so far: writes, syncs, truncations, creations, renames, deletions.</summary>
    public long Changes { get; private set; }

    public bool IsStopped { get; private set; }

    /// <summary>A write beyond it is done in part and answers Full.</summary>
    public long CapacityBytes { get; set; } = capacityBytes;

    internal long UsedBytes { get; set; }

    public ISegmentDisk Root => FolderAt("");

    /// <summary>Stops the machine in the middle of the change with this number, counted by <see cref="Changes"/>.</summary>
    public void CrashAt(long change) => _crashAt = change;

    /// <summary>Starts the machine again. Files opened before are dead.</summary>
    public void Restart(CrashKind kind)
    {
        lock (Gate)
        {
            IsStopped = false;
            _crashAt = long.MaxValue;
            foreach (var folder in _folders.Values) folder.Restart(kind);
            UsedBytes = _folders.Values.Sum(static folder => folder.UsedBytes);
        }
    }

    /// <summary>Changes one byte on the disk, as a failing medium does.</summary>
    public void Damage(string folder, string file, long position)
    {
        lock (Gate) FolderAt(folder).Damage(file, position);
    }

    internal SimulatedFolder FolderAt(string path)
    {
        lock (Gate)
        {
            if (!_folders.TryGetValue(path, out var folder)) _folders[path] = folder = new SimulatedFolder(this, path);
            return folder;
        }
    }

    internal IEnumerable<SimulatedFolder> Below(string path) =>
        _folders.Values.Where(folder => folder.Path.StartsWith(path + "/", StringComparison.Ordinal) && folder.IsPresent);

    /// <summary>To be called with the gate held, before each change.</summary>
    /// <returns>True when the machine stops in the middle of this one; the caller does part of it and calls <see cref="Stop"/>.</returns>
    internal bool Begin()
    {
        if (IsStopped) throw new SimulatedCrashException();
        return Changes++ == _crashAt;
    }

    internal void Stop()
    {
        IsStopped = true;
        throw new SimulatedCrashException();
    }
}
