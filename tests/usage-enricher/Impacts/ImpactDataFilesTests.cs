using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts;

public sealed class ImpactDataFilesTests
{
    [Fact]
    public void Read_OfAlias_GivesTheWholeEntryUnderTheOtherName()
    {
        var data = TestImpacts.Instance;
        Assert.Equal(data.FindModel("acme", "ten-or-twenty")! with { Name = "nick" }, data.FindModel("acme", "nick"));
        Assert.Matches(@"^1\.2\.3\+[0-9a-f]{32}$", data.Version);
    }

    [Theory]
    [InlineData("acme", "Ten")]
    [InlineData("Acme", "ten")]
    [InlineData("acme", "ten ")]
    [InlineData("nowhere", "ten")]
    [InlineData("", "")]
    public void FindModel_OfNameThatIsOnlyNear_FindsNothing(string provider, string model) =>
        Assert.Null(TestImpacts.Instance.FindModel(provider, model));

    [Theory]
    [InlineData("constants.jsonl", "\"value\":4}", "\"value\":\"4\"}", "constants.jsonl:8")]
    [InlineData("constants.jsonl", "gpu_memory", "gpu_colour", "gpu_colour is no constant")]
    [InlineData("constants.jsonl", """{"name":"server_power","value":3.6}""", """{"name":"gpu_memory","value":3.6}""", "gpu_memory is no constant of the method, or stands twice")]
    [InlineData("constants.jsonl", """{"name":"server_lifetime","value":1000}""", "", "server_lifetime missing")]
    [InlineData("models.jsonl", "\"parameters\":10}", "\"parameters\":0}", "not above 0")]
    [InlineData("models.jsonl", "\"tps\":2", "\"tps\":0", "not above 0")]
    [InlineData("models.jsonl", """{"min":10,"max":20},"warnings""", """{"min":30,"max":20},"warnings""", "min is above max")]
    [InlineData("models.jsonl", "\"same_as\":\"ten-or-twenty\"", "\"same_as\":\"eleven\"", "no acme/eleven before this line")]
    [InlineData("models.jsonl", "\"ten-fast\"", "\"ten\"", "acme/ten stands twice")]
    [InlineData("models.jsonl", "\"provider\":\"nowhere\"", "\"provider\":\"nobody\"", "has no data centre")]
    [InlineData("zones.jsonl", "\"pe\":10", "\"pe\":-10", "below 0")]
    [InlineData("zones.jsonl", "\"zone\":\"AAA\"", "\"zone\":\"AAB\"", "no electricity mix for AAA")]
    [InlineData("providers.jsonl", "\"pue\":2,", "", "providers.jsonl:2")]
    public void Read_OfFileThatIsNotTheFormat_NamesPlaceOrEntry(string file, string right, string wrong, string message)
    {
        var files = TestImpacts.Files.ToDictionary();
        Assert.Contains(right, files[file]);
        files[file] = files[file].Replace(right, wrong);
        Assert.Contains(message, Assert.Throws<DataFormatException>(() => TestImpacts.Read(files)).Message);
    }

    [Fact]
    public void Version_OfOtherContent_IsAnother()
    {
        var files = TestImpacts.Files.ToDictionary();
        files["zones.jsonl"] = files["zones.jsonl"].Replace("0.25", "0.26");
        Assert.NotEqual(TestImpacts.Instance.Version, TestImpacts.Read(files).Version);
    }

    [Fact]
    public void Embedded_OfTheProduct_IsReadableAsAWhole()
    {
        var data = ImpactDataFiles.Embedded;
        Assert.Equal((342 + 9, 215), (data.ModelCount, data.Zones.Count));
        Assert.Matches(@"^0\.11\.3\+[0-9a-f]{32}$", data.Version);
    }
}
