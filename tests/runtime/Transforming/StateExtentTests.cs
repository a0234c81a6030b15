using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;
using Xunit;

namespace Pipeline.Runtime.Tests.Transforming;

public sealed class StateExtentTests
{
    private const int Count = 3;
    private static readonly TopicPartition Source = new("source", 0);

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData(4L, null, 5)]
    [InlineData(4L, 4L, 5)]
    [InlineData(6L, 2L, 7)]
    public void Check_StateUpToThePosition_BelongsToIt(long? all, long? entry, long position) => Assert.Null(Check(all, entry, position));

    [Theory]
    [InlineData(null, null, 2, "state of 2 offsets before the position is missing, and it is lost")]
    [InlineData(4L, 4L, 6, "includes offsets up to 4, but the group's position is 6: state of 1 offsets before")]
    [InlineData(4L, 4L, 3, "includes offsets up to 4, but the group's position is 3: the position was set back")]
    // A record of a transaction whose position the partition's own record does not tell.
    [InlineData(4L, 7L, 5, "includes offsets up to 7, but the group's position is 5: the position was set back")]
    public void Check_StateOfAnotherPosition_SaysWhichIsBehind(long? all, long? entry, long position, string wanted)
    {
        var stopped = Check(all, entry, position);
        Assert.NotNull(stopped);
        Assert.Equal(Source, stopped.Partition);
        Assert.Contains(wanted, stopped.Reason);
        Assert.Null(Check(all, entry, position, startFrom: StartFrom.Earliest));
    }

    [Fact]
    public void Check_OtherPartitionCount_IsWrongWhateverTheOperatorSays() =>
        Assert.Contains("written with 3 partitions of source, which now has 4", Check(4, 4, 5, count: 4, StartFrom.Earliest)?.Reason);

    private static StoppedPartition? Check(long? all, long? entry, long position, int count = Count, StartFrom? startFrom = null)
    {
        var extent = new StateExtent();
        if (entry is { } included) extent.Include(included, Count);
        if (all is { } upTo) Assert.Equal(upTo + 1, extent.IncludeAll(upTo, Count));
        return extent.Check(Source, position, count, startFrom, "it is lost");
    }
}
