using System.Collections.Frozen;
using Pipeline.GatewayEdge.Attribution;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

public sealed class TagListTests
{
    private readonly List<DropReason> _dropped = [];

    [Fact]
    public void Read_Pairs_AreTrimmedAndDecoded()
    {
        var tags = TagList.Read("a=1, b = two%2C%20three ,, c=x=y", null, _dropped.Add);

        Assert.Equal(new Dictionary<string, string> { ["a"] = "1", ["b"] = "two, three", ["c"] = "x=y" }, tags);
        Assert.Empty(_dropped);
    }

    [Fact]
    public void Read_BadPairs_AreDroppedAloneWithTheirReasons()
    {
        var tags = TagList.Read("ok=1, novalue, sp ace=1, =x, empty=, bad=%zz", null, _dropped.Add);

        Assert.Equal("1", Assert.Single(tags).Value);
        Assert.Equal([DropReason.NotAPair, DropReason.BadName, DropReason.BadName, DropReason.Empty, DropReason.BadEncoding], _dropped);
    }

    [Fact]
    public void Read_SeventeenTags_KeepsSixteen()
    {
        var tags = TagList.Read(string.Join(',', Enumerable.Range(0, 17).Select(static i => $"k{i}=v")), null, _dropped.Add);

        Assert.Equal(16, tags.Count);
        Assert.Equal([DropReason.TooMany], _dropped);
    }

    [Fact]
    public void Read_AllowList_LetsOnlyItsNamesPass()
    {
        var tags = TagList.Read("cost-center=7,other=1", FrozenSet.Create("cost-center"), _dropped.Add);

        Assert.Equal("7", Assert.Single(tags).Value);
        Assert.Equal([DropReason.NotAllowed], _dropped);
    }
}
