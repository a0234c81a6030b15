using Pipeline.Runtime.Segments;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>A disk whose writes can be made to wait, and to fail.</summary>
internal sealed class GatedDisk(ISegmentDisk inner, DiskGate gate) : ISegmentDisk
{
    public string Path => inner.Path;
    public IReadOnlyList<string> Files() => inner.Files();
    public IReadOnlyList<string> Folders() => inner.Folders();
    public ISegmentDisk Folder(string name) => new GatedDisk(inner.Folder(name), gate);
    public DiskOutcome DeleteFolder(string name) => inner.DeleteFolder(name);
    public ISegmentFile Open(string name) => new GatedFile(inner.Open(name), gate);
    public DiskOutcome Rename(string name, string newName) => inner.Rename(name, newName);
    public DiskOutcome Delete(string name) => inner.Delete(name);
    public DiskOutcome SyncNames() => inner.SyncNames();
    public IDisposable? TryLock() => inner.TryLock();

    public DiskOutcome Create(string name, out ISegmentFile? file)
    {
        var outcome = inner.Create(name, out file);
        if (file is not null) file = new GatedFile(file, gate);
        return outcome;
    }

    private sealed class GatedFile(ISegmentFile inner, DiskGate gate) : ISegmentFile
    {
        public long Length => inner.Length;
        public DiskOutcome Write(ReadOnlySpan<byte> bytes, long position) => gate.Pass() is { } failure ? failure : inner.Write(bytes, position);
        public int Read(Span<byte> target, long position) => inner.Read(target, position);
        public DiskOutcome Sync() => inner.Sync();
        public DiskOutcome Truncate(long length) => inner.Truncate(length);
        public void Dispose() => inner.Dispose();
    }
}

/// <summary>What the writes of a <see cref="GatedDisk"/> meet.</summary>
internal sealed class DiskGate : IDisposable
{
    private readonly ManualResetEventSlim _isOpen = new(initialState: true);
    private readonly SemaphoreSlim _arrivals = new(0);
    private int _writesUntilFailure = int.MaxValue;

    /// <summary>The write after the next <paramref name="writes"/> ones and all later ones fail.</summary>
    public void FailAfter(int writes) => _writesUntilFailure = writes;

    public void Close() => _isOpen.Reset();

    public void Open() => _isOpen.Set();

    /// <summary>Waits until a write has come to the closed gate.</summary>
    public async Task ArrivedAsync() => Assert.True(await _arrivals.WaitAsync(RawCaller.Patience));

    internal DiskOutcome? Pass()
    {
        if (!_isOpen.IsSet) _arrivals.Release();
        if (!_isOpen.Wait(RawCaller.Patience)) return DiskOutcome.Failed;
        return Interlocked.Decrement(ref _writesUntilFailure) < 0 ? DiskOutcome.Full : null;
    }

    public void Dispose() => _isOpen.Dispose();
}
