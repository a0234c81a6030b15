using System.Globalization;
using Pipeline.Runtime.Segments;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>One start of the edge on disk: a folder `&lt;number&gt;-&lt;epoch, 32 hex digits&gt;` with its record and its segments.</summary>
internal sealed class SpoolEpoch(string folderName, ISegmentDisk folder, EpochRecord record, SegmentStore store)
{
    private const int NumberDigits = 8;

    public string FolderName => folderName;
    public ISegmentDisk Folder => folder;
    public EpochRecord Record => record;
    public SegmentStore Store => store;

    public static string NameOf(int number, Guid epoch) => $"{number.ToString("D8", CultureInfo.InvariantCulture)}-{epoch:N}";

    public static bool TryParseName(string name, out int number, out Guid epoch)
    {
        (number, epoch) = (0, default);
        return name.Length == NumberDigits + 1 + 32 && name[NumberDigits] == '-'
            && int.TryParse(name.AsSpan(0, NumberDigits), NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && Guid.TryParseExact(name.AsSpan(NumberDigits + 1), "N", out epoch);
    }

    /// <summary>Highest sequence found, from the last segment: every frame says how many were taken before it. -1 = none.</summary>
    public long LastSequence()
    {
        var last = -1L;
        using var cursor = store.ReadFrom(store.LastSegmentOrdinal);
        while (cursor.Read(out _, out var payload) == CursorOutcome.Frame)
            if (SpoolFrame.TryRead(payload, out var frame)) last = Math.Max(last, frame.Taken - 1);
        return last;
    }
}
