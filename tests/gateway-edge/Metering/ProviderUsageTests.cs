using System.Text.Json;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

public sealed class ProviderUsageTests
{
    private static string? Reduce(string json) => ProviderUsage.Reduce(JsonDocument.Parse(json).RootElement);

    [Fact]
    public void Reduce_KeepsNumbersTokensAndStructure_DropsText()
    {
        Assert.Equal(
            """{"a":1,"b":1.50,"c":[1e3,null,true,"ok.1:x"],"d":{"e":"ON_DEMAND"}}""",
            Reduce("""{"a":1, "b":1.50, "c":[1e3, null, true, "ok.1:x", "not ok"], "d":{"e":"ON_DEMAND","f":"some text","g h":1,"i":"\u0041"}}"""));
    }

    [Fact]
    public void Reduce_DeeperThanSixLevels_IsCutThere()
    {
        Assert.Equal("""{"a":{"a":{"a":{"a":{"a":{"n":1}}}}}}""", Reduce("""{"a":{"a":{"a":{"a":{"a":{"n":1,"a":{"b":2}}}}}}}"""));
    }

    [Fact]
    public void Reduce_LargerThanTheBound_IsLeftOut()
    {
        var members = string.Join(',', Enumerable.Range(0, 1000).Select(index => $"\"member_{index}\":{index}"));

        Assert.Null(Reduce("{" + members + "}"));
        Assert.Null(Reduce("{\"n\":" + new string('1', 5000) + "}"));
    }
}
