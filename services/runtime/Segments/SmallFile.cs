using System.Buffers.Binary;

namespace Pipeline.Runtime.Segments;

/// <summary>A whole file that is written and replaced in one step: identities and checkpoints beside a store.</summary>
/// <remarks>Format: payload length u32, CRC32C u32, payload; little-endian, as a frame at address 0 of the store with id 0.</remarks>
public static class SmallFile
{
    public const int MaxBytes = 1024 * 1024;

    private const string NewSuffix = ".new";
    private static readonly uint Seed = SegmentFormat.SeedOf(Guid.Empty);

    /// <param name="isDurable">False: a loss of power may bring back the former content, never a mixture.</param>
    public static DiskOutcome Write(ISegmentDisk disk, string name, ReadOnlySpan<byte> content, bool isDurable)
    {
        var bytes = new byte[SegmentFormat.FrameHeaderBytes + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), SegmentFormat.FrameChecksum(Seed, 0, content));
        content.CopyTo(bytes.AsSpan(SegmentFormat.FrameHeaderBytes));

        var outcome = disk.Create(name + NewSuffix, out var file);
        if (outcome != DiskOutcome.Done) return outcome;
        using (file)
        {
            outcome = file!.Write(bytes, 0);
            if (outcome == DiskOutcome.Done && isDurable) outcome = file.Sync();
        }

        if (outcome == DiskOutcome.Done) outcome = disk.Rename(name + NewSuffix, name);
        if (outcome == DiskOutcome.Done && isDurable) outcome = disk.SyncNames();
        return outcome;
    }

    /// <returns>Null when the file is missing, cut off or damaged.</returns>
    /// <exception cref="IOException">The disk does not give what it holds.</exception>
    public static byte[]? Read(ISegmentDisk disk, string name)
    {
        if (!disk.Files().Contains(name)) return null;
        using var file = disk.Open(name);
        if (file.Length is <= SegmentFormat.FrameHeaderBytes or > MaxBytes) return null;
        var bytes = new byte[file.Length];
        if (file.Read(bytes, 0) != bytes.Length) return null;
        var content = bytes[SegmentFormat.FrameHeaderBytes..];
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes) == content.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) == SegmentFormat.FrameChecksum(Seed, 0, content) ? content : null;
    }
}
