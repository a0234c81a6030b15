using System.Text;
using System.Text.Json;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Impacts.Rows;
using Pipeline.UsageEnricher.Impacts.Videos;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts.Videos;

/// <summary>Figures worked out apart from the product, from the method's formulas and data.</summary>
public sealed class VideoRowsTests
{
    [Theory]
    [InlineData("openai/sora-2-pro", "1280x720", 8, true, "null", null, "energy", 0.37821108519018415, 0.6430239252259105)]
    [InlineData("openai/sora-2-pro", "720p", 8, true, "null", null, "gwp", 0.16679478339010734, 0.26858883909984055)]
    [InlineData("google/veo-3.0", "1080p", 8, false, "\"SWE\"", null, "wcf", 0.13851004110227935, 0.30341111444757735)]
    [InlineData("google/veo-3.0", "1080p", 8, false, "\"SWE\"", null, "pe", 0.12490717342609516, 0.23716689306696048)]
    [InlineData("lightricks/ltx-2-t2va", "1024x576", 5, true, null, null, "adpe", 9.63464616840303e-09, 9.663950637651753e-09)]
    [InlineData("google/veo-3.1", "1280x720", 4, true, "null", "10", "gwp", 0.0018984573903169288, 0.003386742821094707)]
    public void Run_OfVideo_FollowsTheMethod(string model, string size, double seconds, bool audio, string? zone, string? latency, string criterion, double min, double max)
    {
        var row = $$"""{"id":1,"model":"{{model}}","video":{"duration_s":{{seconds}},"size":"{{size}}","with_audio":{{(audio ? "true" : "false")}}}"""
            + (zone is null ? "" : $",\"zone\":{zone}") + (latency is null ? "" : $",\"request_latency_s\":{latency}") + "}";
        var range = Answer(row).GetProperty(criterion);
        Near.Equal(min, range.GetProperty("min").GetDouble());
        Near.Equal(max, range.GetProperty("max").GetDouble());
    }

    [Fact]
    public void Run_OfVideoOfUnknownModelOrZone_AnswersTheError()
    {
        Assert.Equal("model-not-registered", Code("""{"id":1,"model":"sora-2-pro","video":{"duration_s":8,"size":"720p"}}"""));
        Assert.Equal("zone-not-registered", Code("""{"id":1,"model":"openai/sora-2-pro","zone":"US","video":{"duration_s":8,"size":"720p"}}"""));
    }

    [Theory]
    [InlineData("""{"duration_s":-1,"size":"720p"}""", "video.duration_s")]
    [InlineData("""{"duration_s":1,"size":"8k"}""", "video.size")]
    [InlineData("""{"duration_s":1,"size":"0x720"}""", "video.size")]
    [InlineData("""{"duration_s":1,"size":"-1x720"}""", "video.size")]
    [InlineData("""{"duration_s":1}""", "video.size")]
    [InlineData("7", "video")]
    public void Run_OfVideoThatIsNone_NamesTheMember(string video, string member) =>
        Assert.Equal(member, Answer($$"""{"id":1,"model":"openai/sora-2-pro","video":{{video}}}""").GetProperty("member").GetString());

    [Fact]
    public void Embedded_Always_HasEveryModelOfTheRelease() => Assert.Equal(17, VideoData.Embedded.ModelCount);

    private static string? Code(string row) => Answer(row).GetProperty("errors")[0].GetProperty("code").GetString();

    private static JsonElement Answer(string row)
    {
        using var rows = new MemoryStream(Encoding.UTF8.GetBytes(row));
        using var answers = new MemoryStream();
        new ImpactRowsCommand(ImpactDataFiles.Embedded).Run(rows, answers);
        return JsonDocument.Parse(answers.ToArray()).RootElement;
    }
}
