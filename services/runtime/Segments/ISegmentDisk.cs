namespace Pipeline.Runtime.Segments;

/// <summary>How a change to a disk ended. Expected failures are values, so that a full disk is a decision and not a crash.</summary>
public enum DiskOutcome
{
    Done,

    /// <summary>No room left, by the disk or a quota. Part of the bytes may have been written.</summary>
    Full,

    /// <summary>Anything else. What was written is unknown.</summary>
    Failed,
}

/// <summary>One folder of a disk. Two implementations: real files, and a simulated disk that tears and loses what was not synced.</summary>
/// <remarks>Names are plain file names. Safe for use by several threads.</remarks>
public interface ISegmentDisk
{
    /// <summary>For messages to the operator.</summary>
    string Path { get; }

    /// <summary>Names of the files, in ordinal order.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    IReadOnlyList<string> Files();

    /// <summary>Names of the folders, in ordinal order.</summary>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    IReadOnlyList<string> Folders();

    /// <summary>The folder below, made when it is missing.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    ISegmentDisk Folder(string name);

    /// <summary>Removes the folder below with its files.</summary>
    DiskOutcome DeleteFolder(string name);

    /// <exception cref="IOException">The file is missing or cannot be opened.</exception>
    ISegmentFile Open(string name);

    /// <summary>Makes an empty file, or empties the one that is there.</summary>
    /// <param name="file">Null unless done.</param>
    DiskOutcome Create(string name, out ISegmentFile? file);

    /// <summary>Gives the file another name, replacing what had it, in one step.</summary>
    DiskOutcome Rename(string name, string newName);

    DiskOutcome Delete(string name);

    /// <summary>Makes creations, renames and deletions in this folder durable.</summary>
    DiskOutcome SyncNames();

    /// <summary>Takes the folder for this process, until disposed or until the process ends in whatever way; null when another has it.</summary>
    /// <exception cref="IOException">The lock file cannot be made.</exception>
    IDisposable? TryLock();
}

/// <summary>An open file. Reads and writes name their position; disposing while another thread reads lets that read end first.</summary>
public interface ISegmentFile : IDisposable
{
    long Length { get; }

    /// <summary>Writes all of it in one call to the disk, or says why not.</summary>
    DiskOutcome Write(ReadOnlySpan<byte> bytes, long position);

    /// <returns>Bytes read; less than asked for only at the file's end.</returns>
    /// <exception cref="IOException">The disk does not give what it holds.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    int Read(Span<byte> target, long position);

    /// <summary>Makes everything written so far durable.</summary>
    DiskOutcome Sync();

    DiskOutcome Truncate(long length);
}
