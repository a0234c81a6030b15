using Pipeline.Kibana.Checking;
using Pipeline.Kibana.Fields;
using Pipeline.Kibana.Panels;
using Xunit;

namespace Pipeline.Kibana.Tests.Checking;

public sealed class KqlTests
{
    [Fact]
    public void Condition_OfTwoNegations_ReadsAsItWasMeant()
    {
        var isRepeat = Condition.Is(DocumentFields.Operation, "retrieve") & Condition.Is(DocumentFields.Background, false);
        var parsed = (Kql.All)Kql.Parse((!isRepeat & Condition.AtLeast(DocumentFields.Attempt, 2)).Kql)!;
        var inner = (Kql.All)((Kql.Not)parsed.Of[0]).Of;
        Assert.Equal(new Kql.Equal("gen_ai.operation.name", "retrieve"), inner.Of[0]);
        Assert.Equal(new Kql.Equal("llm.background", "false"), inner.Of[1]);
        Assert.Equal(new Kql.Compare("llm.attempt", ">=", "2"), parsed.Of[1]);
    }

    [Fact]
    public void Condition_WithQuotesAndBackslashes_KeepsTheValue() =>
        Assert.Equal(new Kql.Equal("llm.upstream", """a"b\c'd"""), Kql.Parse(Condition.Is(DocumentFields.Upstream, """a"b\c'd""").Kql));

    [Fact]
    public void Condition_OfSeveralValues_IsAnyOfThem() =>
        Assert.Equal(
            ["priced", "free", "already_booked"],
            ((Kql.Any)((Kql.Not)Kql.Parse(Dashboards.Metrics.CostIsUncertain.Kql)!).Of).Of.Cast<Kql.Equal>().Select(static equal => equal.Value));

    [Fact]
    public void And_BindsTighterThanOr() => Assert.IsType<Kql.Any>(Kql.Parse("a: 1 and b: 2 or c: *"));

    [Theory]
    [InlineData("a")]
    [InlineData("a: ")]
    [InlineData("a: \"x")]
    [InlineData("a: 1 b: 2")]
    [InlineData("(a: 1")]
    [InlineData("a: 1 and")]
    [InlineData("a = 1")]
    public void Query_ThatIsNone_IsRefused(string query) => Assert.Throws<FormatException>(() => Kql.Parse(query));
}
