using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pipeline.Runtime.Segments;

/// <summary>A folder of the file system.</summary>
public sealed class FileDisk : ISegmentDisk
{
    private const string LockFile = "lock";

    /// <param name="path">Made when missing, with its parents.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public FileDisk(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Translated(() => Directory.CreateDirectory(Path));
    }

    public string Path { get; }

    public IReadOnlyList<string> Files() => Translated(() => Sorted(Directory.EnumerateFiles(Path)));

    public IReadOnlyList<string> Folders() => Translated(() => Sorted(Directory.EnumerateDirectories(Path)));

    public ISegmentDisk Folder(string name) => new FileDisk(In(name));

    public DiskOutcome DeleteFolder(string name) => Outcome(() => Directory.Delete(In(name), recursive: true));

    public ISegmentFile Open(string name) => Translated(() => new DiskFile(File.OpenHandle(In(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)));

    public DiskOutcome Create(string name, out ISegmentFile? file)
    {
        DiskFile? made = null;
        var outcome = Outcome(() => made = new DiskFile(File.OpenHandle(In(name), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)));
        file = made;
        return outcome;
    }

    public DiskOutcome Rename(string name, string newName) => Outcome(() => File.Move(In(name), In(newName), overwrite: true));

    public DiskOutcome Delete(string name) => Outcome(() => File.Delete(In(name)));

    public DiskOutcome SyncNames()
    {
        // .NET opens no folders. Windows has no such call and needs none: its file systems journal names.
        if (OperatingSystem.IsWindows()) return DiskOutcome.Done;
        var folder = OpenFolder(Path, 0);
        if (folder < 0) return DiskOutcome.Failed;
        var result = SyncFile(folder);
        _ = CloseFile(folder);
        return result == 0 ? DiskOutcome.Done : DiskOutcome.Failed;
    }

    /// <summary>The lock is the operating system's (flock), so that kill -9 releases it.</summary>
    public IDisposable? TryLock()
    {
        var path = In(LockFile);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    private static string[] Sorted(IEnumerable<string> paths)
    {
        var names = paths.Select(static path => System.IO.Path.GetFileName(path)).ToArray();
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private static DiskOutcome Outcome(Action change)
    {
        try
        {
            change();
            return DiskOutcome.Done;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return DiskErrors.OutcomeOf(error);
        }
    }

    private static T Translated<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenFolder([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int SyncFile(int file);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int CloseFile(int file);
}

internal sealed class DiskFile(SafeFileHandle handle) : ISegmentFile
{
    public long Length => RandomAccess.GetLength(handle);

    public DiskOutcome Write(ReadOnlySpan<byte> bytes, long position)
    {
        try
        {
            RandomAccess.Write(handle, bytes, position);
            return DiskOutcome.Done;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return DiskErrors.OutcomeOf(error);
        }
    }

    public int Read(Span<byte> target, long position)
    {
        var total = 0;
        while (total < target.Length)
        {
            var read = RandomAccess.Read(handle, target[total..], position + total);
            if (read == 0) break;
            total += read;
        }

        return total;
    }

    public DiskOutcome Sync()
    {
        try
        {
            RandomAccess.FlushToDisk(handle);
            return DiskOutcome.Done;
        }
        catch (IOException error)
        {
            return DiskErrors.OutcomeOf(error);
        }
    }

    public DiskOutcome Truncate(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
            return DiskOutcome.Done;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return DiskErrors.OutcomeOf(error);
        }
    }

    public void Dispose() => handle.Dispose();
}

internal static class DiskErrors
{
    // errno of Linux and, where it differs, of macOS; HResults of Windows. .NET gives errno as the HResult on Unix.
    private const int NoSpace = 28;
    private const int LinuxQuota = 122;
    private const int MacQuota = 69;
    private const int FileTooLarge = 27;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    public static DiskOutcome OutcomeOf(Exception error) =>
        error.HResult is NoSpace or LinuxQuota or MacQuota or FileTooLarge or WindowsDiskFull or WindowsHandleDiskFull ? DiskOutcome.Full : DiskOutcome.Failed;
}
