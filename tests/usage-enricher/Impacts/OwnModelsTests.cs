using System.Text;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts;

public sealed class OwnModelsTests
{
    private const string Line =
        """{"provider":"vllm","name":"our-70b","parameters":70,"pue":1.3,"wue":0.2,"zone":"DEU","tps":40,"constants":{"batch_size":16,"model_quantization_bits":8}}""";

    [Fact]
    public void Estimate_OfOwnModel_TakesItsCentreAndConstants()
    {
        var data = ImpactDataFiles.Embedded;
        var own = Read(Line);
        var estimator = new CallEstimator(new ImpactInputs(data, own));
        var call = Calls.Plain(Calls.Tokens(10, 250)) with { Provider = "vllm", RequestModel = "our-70b", ResponseModel = null, DurationUs = 0 };
        var impact = estimator.Estimate(call, Calls.At);
        Assert.Equal(("vllm/our-70b", FoundModel.Operator, "DEU", ZoneChoice.FromProvider), (impact.ModelKey, impact.ModelMatch, impact.Zone, impact.ZoneSource));
        Assert.Equal($"{data.Version};models={own.Version}", impact.Version);

        // 70 (1e9) at 8 bits: 84 GB, 2 GPUs; 250 tokens at 40 a second.
        var perToken = (1.1665273170451914e-06 * Math.Exp(-0.011205921025579175 * 16) * 70 + 4.052928146734005e-05) / 1000;
        var computers = 6.25 / 3600 * 1.2 * (2 / 8.0) / 16 + 2 * 250 * perToken;
        Near.Equal(1.3 * computers, impact.Energy!.Min);
        Assert.Equal(impact.Energy.Min, impact.Energy.Max);
        Near.Equal(computers * (0.2 + 1.3 * data.FindMix("DEU")!.Wue), impact.Wcf!.Min);
    }

    [Fact]
    public void Estimate_OfModelThatBothHave_TakesTheOperators()
    {
        var own = Read("""{"provider":"openai","name":"gpt-4o","active":{"min":10,"max":20},"total":100,"pue":{"min":1,"max":2},"wue":0}""");
        var call = Calls.Plain(Calls.Tokens(10, 250)) with { Provider = "openai", ResponseModel = "gpt-4o" };
        var impact = new CallEstimator(new ImpactInputs(ImpactDataFiles.Embedded, own)).Estimate(call, Calls.At);
        Assert.Equal((FoundModel.Operator, "WOR", ZoneChoice.FromWorld), (impact.ModelMatch, impact.Zone, impact.ZoneSource));
        Assert.True(impact.Energy!.Max > 2 * impact.Energy.Min);
    }

    [Theory]
    [InlineData("\"parameters\":70,", "", "active is missing")]
    [InlineData("\"pue\":1.3", "\"pue\":0", "not above 0")]
    [InlineData("\"zone\":\"DEU\"", "\"zone\":\"DE\"", "zone 'DE' is not in the data")]
    [InlineData("\"tps\":40", "\"speed\":40", "unknown member speed")]
    [InlineData("\"batch_size\":16", "\"batch_size\":0", "batch_size is out of bounds")]
    [InlineData("\"batch_size\":16", "\"batch\":16", "batch is no constant")]
    [InlineData("}}", "}}\n{\"provider\":\"vllm\",\"name\":\"our-70b\",\"parameters\":1,\"pue\":1,\"wue\":0}", "stands twice")]
    public void Read_OfLineThatIsNone_NamesIt(string right, string wrong, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Read(Line.Replace(right, wrong)));
        Assert.Contains(message, error.Message);
        Assert.StartsWith("own.jsonl:", error.Message);
    }

    private static OwnModels Read(string lines) => OwnModels.Read("own.jsonl", Encoding.UTF8.GetBytes(lines), ImpactDataFiles.Embedded);
}
