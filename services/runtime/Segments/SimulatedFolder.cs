namespace Pipeline.Runtime.Segments;

/// <summary>A folder of the simulated disk: names as seen, and names as they would be found after a loss of power.</summary>
internal sealed class SimulatedFolder(SimulatedDisk disk, string path) : ISegmentDisk
{
    private Dictionary<string, SimulatedContent> _names = new(StringComparer.Ordinal);
    private Dictionary<string, SimulatedContent> _durableNames = new(StringComparer.Ordinal);
    private bool _isLocked;

    public string Path => path;

    internal bool IsPresent { get; private set; } = path.Length == 0;

    internal long UsedBytes => _names.Values.Sum(static content => content.Length);

    public IReadOnlyList<string> Files()
    {
        lock (disk.Gate) return [.. _names.Keys.Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> Folders()
    {
        lock (disk.Gate)
            return [.. disk.Below(path).Select(folder => folder.Path[(path.Length + 1)..]).Where(static name => !name.Contains('/', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    public ISegmentDisk Folder(string name)
    {
        var folder = disk.FolderAt(path + "/" + name);
        lock (disk.Gate) folder.IsPresent = true;
        return folder;
    }

    public DiskOutcome DeleteFolder(string name)
    {
        var folder = disk.FolderAt(path + "/" + name);
        lock (disk.Gate)
        {
            foreach (var file in folder._names.Keys.Order(StringComparer.Ordinal).ToArray()) folder.Delete(file);
            if (disk.Begin()) disk.Stop();
            folder.IsPresent = false;
            folder._durableNames.Clear();
            return DiskOutcome.Done;
        }
    }

    public ISegmentFile Open(string name)
    {
        lock (disk.Gate)
            return _names.TryGetValue(name, out var content) ? new SimulatedFile(disk, content) : throw new FileNotFoundException($"{path}/{name} is missing");
    }

    public DiskOutcome Create(string name, out ISegmentFile? file)
    {
        lock (disk.Gate)
        {
            file = null;
            var stops = disk.Begin();
            if (disk.UsedBytes >= disk.CapacityBytes) return DiskOutcome.Full;
            if (_names.TryGetValue(name, out var replaced)) disk.UsedBytes -= replaced.Length;
            var content = _names[name] = new SimulatedContent();
            if (stops) disk.Stop();
            file = new SimulatedFile(disk, content);
            return DiskOutcome.Done;
        }
    }

    public DiskOutcome Rename(string name, string newName) => Change(() =>
    {
        if (_names.TryGetValue(newName, out var replaced)) disk.UsedBytes -= replaced.Length;
        _names.Remove(name, out var content);
        _names[newName] = content!;
    });

    public DiskOutcome Delete(string name) => Change(() =>
    {
        if (_names.Remove(name, out var content)) disk.UsedBytes -= content.Length;
    });

    public DiskOutcome SyncNames() => Change(() => _durableNames = new Dictionary<string, SimulatedContent>(_names, StringComparer.Ordinal));

    public IDisposable? TryLock()
    {
        lock (disk.Gate)
        {
            if (_isLocked) return null;
            _isLocked = true;
            return new Unlock(this);
        }
    }

    internal void Restart(CrashKind kind)
    {
        _isLocked = false;
        if (kind == CrashKind.Power)
        {
            // Each name that was not synced is found as it was or as it is.
            var found = new Dictionary<string, SimulatedContent>(StringComparer.Ordinal);
            foreach (var name in _names.Keys.Union(_durableNames.Keys).Order(StringComparer.Ordinal).ToArray())
            {
                var from = disk.Random.Next(2) == 0 ? _names : _durableNames;
                if (from.TryGetValue(name, out var content)) found[name] = content;
            }

            foreach (var content in found.Values.Distinct()) content.LosePower(disk.Random);
            _names = found;
        }

        if (kind == CrashKind.Power) _durableNames = new Dictionary<string, SimulatedContent>(_names, StringComparer.Ordinal);
    }

    internal void Damage(string name, long position) => _names[name].Damage(position);

    private DiskOutcome Change(Action change)
    {
        lock (disk.Gate)
        {
            // A change of names is done or not, never in part.
            var stops = disk.Begin();
            if (!stops || disk.Random.Next(2) == 0) change();
            if (stops) disk.Stop();
            return DiskOutcome.Done;
        }
    }

    private sealed class Unlock(SimulatedFolder folder) : IDisposable
    {
        public void Dispose() => folder._isLocked = false;
    }
}

/// <summary>A file's bytes: those seen, and those that a loss of power would leave, by sector.</summary>
internal sealed class SimulatedContent
{
    private readonly HashSet<long> _unsyncedSectors = [];
    private byte[] _bytes = [];
    private byte[] _durable = [];

    public long Length => _bytes.Length;

    public void Write(ReadOnlySpan<byte> bytes, long position)
    {
        if (bytes.IsEmpty) return;
        var end = (int)position + bytes.Length;
        if (end > _bytes.Length) Array.Resize(ref _bytes, end);
        bytes.CopyTo(_bytes.AsSpan((int)position));
        for (var sector = position / SimulatedDisk.SectorBytes; sector <= (end - 1) / SimulatedDisk.SectorBytes; sector++) _unsyncedSectors.Add(sector);
    }

    public int Read(Span<byte> target, long position)
    {
        if (position >= _bytes.Length) return 0;
        var part = _bytes.AsSpan((int)position);
        if (part.Length > target.Length) part = part[..target.Length];
        part.CopyTo(target);
        return part.Length;
    }

    public void Truncate(long length) => Array.Resize(ref _bytes, (int)length);

    public void Sync()
    {
        if (_durable.Length != _bytes.Length) Array.Resize(ref _durable, _bytes.Length);
        foreach (var sector in _unsyncedSectors) CopySector(sector, _bytes, _durable);
        _unsyncedSectors.Clear();
    }

    public void LosePower(Random random)
    {
        // The length is somewhere between the durable one and the one seen; what was never written there reads as zeros.
        var shorter = Math.Min(_durable.Length, _bytes.Length);
        var length = random.Next(4) switch { 0 => _durable.Length, 1 => _bytes.Length, _ => shorter + random.Next(Math.Abs(_bytes.Length - _durable.Length) + 1) };
        var found = new byte[length];
        _durable.AsSpan(0, Math.Min(length, _durable.Length)).CopyTo(found);
        foreach (var sector in _unsyncedSectors.Order())
            if (random.Next(2) == 0) CopySector(sector, _bytes, found);
        _bytes = found;
        _durable = [.. found];
        _unsyncedSectors.Clear();
    }

    public void Damage(long position)
    {
        _bytes[position] ^= 0x40;
        if (position < _durable.Length) _durable[position] = _bytes[position];
    }

    private static void CopySector(long sector, byte[] from, byte[] to)
    {
        var start = (int)(sector * SimulatedDisk.SectorBytes);
        var length = Math.Min(SimulatedDisk.SectorBytes, Math.Min(from.Length, to.Length) - start);
        if (length > 0) from.AsSpan(start, length).CopyTo(to.AsSpan(start));
    }
}

internal sealed class SimulatedFile(SimulatedDisk disk, SimulatedContent content) : ISegmentFile
{
    private bool _isClosed;

    public long Length => content.Length;

    public DiskOutcome Write(ReadOnlySpan<byte> bytes, long position)
    {
        lock (disk.Gate)
        {
            var stops = disk.Begin();
            var grows = Math.Max(0, position + bytes.Length - content.Length);
            var lacking = Math.Max(0, disk.UsedBytes + grows - disk.CapacityBytes);
            var kept = (int)Math.Max(0, bytes.Length - lacking);
            if (stops) kept = disk.Random.Next(kept + 1);
            var before = content.Length;
            content.Write(bytes[..kept], position);
            disk.UsedBytes += content.Length - before;
            if (stops) disk.Stop();
            return lacking > 0 ? DiskOutcome.Full : DiskOutcome.Done;
        }
    }

    public int Read(Span<byte> target, long position)
    {
        lock (disk.Gate)
        {
            if (disk.IsStopped) throw new SimulatedCrashException();
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return content.Read(target, position);
        }
    }

    public DiskOutcome Sync()
    {
        lock (disk.Gate)
        {
            if (disk.Begin()) disk.Stop();
            content.Sync();
            return DiskOutcome.Done;
        }
    }

    public DiskOutcome Truncate(long length)
    {
        lock (disk.Gate)
        {
            var stops = disk.Begin();
            if (!stops || disk.Random.Next(2) == 0)
            {
                disk.UsedBytes += length - content.Length;
                content.Truncate(length);
            }

            if (stops) disk.Stop();
            return DiskOutcome.Done;
        }
    }

    public void Dispose() => _isClosed = true;
}
