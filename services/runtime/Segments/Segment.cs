namespace Pipeline.Runtime.Segments;

/// <summary>One segment of an open store.</summary>
internal sealed class Segment(string path, string name, ISegmentFile file, long firstOrdinal, long startAddress, long length, SegmentFault? fault) : IDisposable
{
    private long _length = length;

    public string Path => path;
    public string Name => name;
    public ISegmentFile File => file;
    public long FirstOrdinal => firstOrdinal;
    public long StartAddress => startAddress;

    /// <summary>The header cannot be read: nothing of the segment can.</summary>
    public SegmentFault? Fault => fault;

    /// <summary>Bytes that hold the header and whole frames. Grows while the segment is the last one; read by other threads.</summary>
    public long Length
    {
        get => Volatile.Read(ref _length);
        set => Volatile.Write(ref _length, value);
    }

    public void Dispose() => file.Dispose();
}
