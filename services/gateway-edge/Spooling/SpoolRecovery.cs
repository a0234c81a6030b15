using System.Text;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Segments;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>How opening the spool ended.</summary>
/// <param name="Spool">Null when <paramref name="Failure"/> says why, with the remedy.</param>
public sealed record SpoolOpening(Spool? Spool, string? Failure);

/// <summary>
/// Finds what earlier starts left, and begins the epoch of this one.
/// <code>
/// lock
/// spool-id                      the spool's UUID: transactional id, and `edge.id` of every event
/// epochs/00000003-&lt;32 hex&gt;/    one per start, oldest first: epoch (its first record), checkpoint, *.segment
/// refused/*.segment             records that the log refuses for themselves
/// </code>
/// </summary>
internal static partial class SpoolRecovery
{
    private const string IdFile = "spool-id";
    private const string EpochsFolder = "epochs";
    private const string RefusedFolder = "refused";

    /// <param name="beginsEpoch">False for shipping what is there only.</param>
    public static SpoolOpening Open(ISegmentDisk disk, SpoolOptions options, bool beginsEpoch, TimeProvider time, Func<Guid> newId, ILogger logger)
    {
        IDisposable? folderLock = null;
        Spool? spool = null;
        try
        {
            folderLock = disk.TryLock();
            if (folderLock is null) return new(null, $"{disk.Path} is in use by another process; give each gateway a spool of its own (Gateway:Spool:Path)");
            if (ReadId(disk, newId, out var failure) is not { } id) return new(null, failure);
            var epochs = disk.Folder(EpochsFolder);
            var older = OpenEpochs(epochs, time, logger, out var damaged, out var lastNumber);
            var refused = SegmentStore.Open(disk.Folder(RefusedFolder), Spool.SegmentOptions(options), time, newId);
            if (refused.Store is null) return new(null, refused.Failure);

            SpoolEpoch? live = null;
            if (beginsEpoch && (live = BeginEpoch(epochs, id, older, lastNumber + 1, options, time, newId, out failure)) is null) return new(null, failure);
            spool = new Spool(id, options, folderLock, epochs, older, live, refused.Store, damaged);
            SpoolOpened(logger, disk.Path, id, live?.Record.Epoch ?? Guid.Empty, older.Count, spool.UsedBytes);
            return new(spool, null);
        }
        catch (IOException error)
        {
            return new(null, $"{disk.Path} cannot be used as spool: {error.Message}");
        }
        finally
        {
            if (spool is null) folderLock?.Dispose();
        }
    }

    private static Guid? ReadId(ISegmentDisk disk, Func<Guid> newId, out string? failure)
    {
        failure = null;
        if (SmallFile.Read(disk, IdFile) is { } known && Guid.TryParse(Encoding.ASCII.GetString(known), out var id))
        {
            // Its writer may have been killed before the name was durable; what is built on it from here is.
            if (disk.SyncNames() == DiskOutcome.Done) return id;
            failure = $"{disk.Path} cannot be synced; check the disk";
            return null;
        }

        if (disk.Folders().Contains(EpochsFolder) && disk.Folder(EpochsFolder).Folders().Count > 0)
        {
            // A new id would have no positions: everything would be shipped once more.
            failure = $"{disk.Path}/{IdFile} is missing or damaged while the spool holds epochs; restore it from a copy, or drain the folder elsewhere and start with an empty one";
            return null;
        }

        id = newId();
        var outcome = SmallFile.Write(disk, IdFile, Encoding.ASCII.GetBytes(id.ToString()), isDurable: true);
        if (outcome == DiskOutcome.Done) return id;
        failure = $"{disk.Path} cannot be written ({outcome}); make room, or make it writable";
        return null;
    }

    private static List<SpoolEpoch> OpenEpochs(ISegmentDisk epochs, TimeProvider time, ILogger logger, out List<string> damaged, out int lastNumber)
    {
        var older = new List<SpoolEpoch>();
        damaged = [];
        lastNumber = 0;
        foreach (var name in epochs.Folders())
        {
            if (!SpoolEpoch.TryParseName(name, out lastNumber, out var epoch)) continue;
            var folder = epochs.Folder(name);
            // Nothing is appended to an earlier epoch: its store is opened for recovery, reading and deletion.
            var opening = SegmentStore.Open(folder, new SegmentStoreOptions(), time, static () => Guid.Empty);
            if (opening.Torn is { } torn) TornTailCut(logger, torn.File, torn.Position, torn.Bytes);
            var record = EpochRecord.Read(folder);
            if (opening.Store is { NextOrdinal: 0 } empty)
            {
                // A start that recorded nothing.
                empty.Dispose();
                epochs.DeleteFolder(name);
            }
            else if (opening.Store is { } store && record is not null && record.Epoch == epoch)
            {
                older.Add(new SpoolEpoch(name, folder, record, store));
            }
            else
            {
                damaged.Add(opening.Failure ?? $"{folder.Path}: its first record is missing or damaged; restore the file `epoch` from a copy");
                EpochDamaged(logger, damaged[^1]);
                opening.Store?.Dispose();
            }
        }

        return older;
    }

    private static SpoolEpoch? BeginEpoch(
        ISegmentDisk epochs, Guid spoolId, List<SpoolEpoch> older, int number, SpoolOptions options, TimeProvider time, Func<Guid> newId, out string? failure)
    {
        var epoch = newId();
        var previous = older is [.., var last] ? last : null;
        var name = SpoolEpoch.NameOf(number, epoch);
        var folder = epochs.Folder(name);
        epochs.SyncNames();
        var opening = SegmentStore.Open(folder, Spool.SegmentOptions(options), time, newId);
        failure = opening.Failure;
        if (opening.Store is null) return null;
        var record = EpochRecord.Now(spoolId, epoch, previous?.Record.Epoch ?? Guid.Empty, previous?.LastSequence() ?? -1);
        return new SpoolEpoch(name, folder, record, opening.Store);
    }

    [LoggerMessage(1, LogLevel.Information, "SpoolOpened {Path}: spool {Spool}, epoch {Epoch:N}, {Older} earlier epochs to ship, {Bytes} bytes", EventName = "SpoolOpened")]
    private static partial void SpoolOpened(ILogger logger, string path, Guid spool, Guid epoch, int older, long bytes);

    [LoggerMessage(2, LogLevel.Warning, "TornTailCut {File} at byte {Position}: {Bytes} bytes that a crash left unfinished", EventName = "TornTailCut")]
    private static partial void TornTailCut(ILogger logger, string file, long position, long bytes);

    [LoggerMessage(3, LogLevel.Error, "EpochDamaged: {Reason}", EventName = "EpochDamaged")]
    private static partial void EpochDamaged(ILogger logger, string reason);
}
