using System.Buffers.Binary;
using Pipeline.Runtime.Segments;
using Xunit;

namespace Pipeline.Runtime.Tests.Segments;

/// <summary>Stores and frames as the tests of this folder need them.</summary>
internal static class Stores
{
    public static readonly SegmentStoreOptions Small = new(SegmentStoreOptions.MinSegmentBytes);

    public static SegmentStore Open(ISegmentDisk disk, SegmentStoreOptions? options = null)
    {
        var opening = SegmentStore.Open(disk, options ?? Small, TimeProvider.System, Guid.NewGuid);
        Assert.Null(opening.Failure);
        return opening.Store!;
    }

    /// <summary>A frame that says its own number and whose length and content depend on it.</summary>
    public static byte[] Frame(long number)
    {
        var bytes = new byte[8 + new Random((int)number).Next(900)];
        new Random((int)number + 1).NextBytes(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    public static long Append(SegmentStore store, long number)
    {
        Assert.Equal(AppendOutcome.Appended, store.Append(Frame(number), out var place));
        return place.Ordinal;
    }

    /// <summary>Numbers of the frames from the ordinal on, each checked to the byte.</summary>
    public static List<long> Numbers(SegmentStore store, long from = 0)
    {
        var numbers = new List<long>();
        using var cursor = store.ReadFrom(from);
        while (true)
        {
            var outcome = cursor.Read(out var place, out var payload);
            if (outcome == CursorOutcome.End) return numbers;
            Assert.Equal(CursorOutcome.Frame, outcome);
            Assert.Equal(from + numbers.Count, place.Ordinal);
            var number = BinaryPrimitives.ReadInt64LittleEndian(payload);
            Assert.True(payload.SequenceEqual(Frame(number)), $"frame {number} changed");
            var whole = new byte[payload.Length + SegmentStore.FrameOverheadBytes];
            Assert.Equal(CursorOutcome.Frame, store.ReadAt(place.Address, whole, out _));
            numbers.Add(number);
        }
    }

    public static IEnumerable<long> Range(long from, long to)
    {
        for (var number = from; number < to; number++) yield return number;
    }
}

/// <summary>A folder of the file system that goes when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pipeline-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
