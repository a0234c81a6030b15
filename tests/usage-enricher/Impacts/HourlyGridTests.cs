using System.Text;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts;

public sealed class HourlyGridTests
{
    private const string Csv =
        """
        zone,hour,gco2e_per_kwh,wue_l_per_kwh
        SWE,2026-11-20T12:00:00Z,12.5,
        SWE,2026-11-20T13:00Z,13.5,2.5
        eu-north-1,2026-11-20T12:00:00Z,8,1
        """;

    private static readonly ImpactData Data = ImpactDataFiles.Embedded;
    private static readonly HourlyGrid Grid = Read(Csv);
    private static readonly CallEstimator Estimator = new(new ImpactInputs(Data, Grid: Grid));
    private static readonly LLMUsageAudit Call = Calls.Plain(Calls.Tokens(10, 250)) with { Provider = "openai", ResponseModel = "gpt-4o", Region = "swedencentral" };

    [Fact]
    public void Estimate_InHourOfTheFile_TakesItsIntensity()
    {
        var impact = Estimate(Call, "2026-11-20T12:59:59Z");
        Assert.Equal(
            ("SWE", ZoneChoice.FromRegion, GridChoice.Hourly, DateTimeOffset.Parse("2026-11-20T12:00:00Z"), 0.0125),
            (impact.Zone, impact.ZoneSource, impact.GridSource, impact.GridHour, impact.GridGwp));
        Near.Equal(impact.Energy!.Max * 0.0125, impact.Usage!.Gwp!.Max);
        Near.Equal(impact.Energy.Max * Data.FindMix("SWE")!.Pe, impact.Usage.Pe!.Max);
        Assert.Equal($"{Data.Version};grid={Grid.Version}", impact.Version);
        Assert.True(impact.Version!.Length <= 128);
        Assert.NotEqual(impact.Wcf, Estimate(Call, "2026-11-20T13:00:00Z").Wcf);
    }

    [Fact]
    public void Estimate_InHourThatTheFileLacks_TakesTheYearAndSaysSo()
    {
        var impact = Estimate(Call, "2026-11-20T14:00:00Z");
        Assert.Equal((GridChoice.HourMissing, null, Data.FindMix("SWE")!.Gwp), (impact.GridSource, impact.GridHour, impact.GridGwp));
        Assert.Equal(GridChoice.Annual, Estimate(Call with { Region = "eu-west-3" }, "2026-11-20T12:00:00Z").GridSource);
    }

    [Fact]
    public void Estimate_InRegionOfTheFile_TakesItBeforeItsCountry()
    {
        var region = Call with { Region = "EU-NORTH-1" };
        Assert.Equal((0.008, "EU-NORTH-1"), (Estimate(region, "2026-11-20T12:30:00Z").GridGwp, Estimate(region, "2026-11-20T12:30:00Z").Zone));
        Assert.Equal((0.0135, "SWE"), (Estimate(region, "2026-11-20T13:30:00Z").GridGwp, Estimate(region, "2026-11-20T13:30:00Z").Zone));
        Assert.Equal(GridChoice.HourMissing, Estimate(region, "2026-11-20T14:30:00Z").GridSource);
    }

    [Fact]
    public void Read_OfJsonLines_GivesTheSame()
    {
        var grid = Read("""
            {"zone":"SWE","hour":"2026-11-20T12:00:00Z","gco2e_per_kwh":12.5,"wue_l_per_kwh":null}
            {"zone":"SWE","hour":"2026-11-20T13:00:00Z","gco2e_per_kwh":13.5,"adpe_kgsbeq_per_kwh":1e-8,"pe_mj_per_kwh":4,"wue_l_per_kwh":2.5}
            """);
        var hour = new DateTimeOffset(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);
        Assert.Equal(new GridHour(0.0125, null, null, null), grid.Find("SWE", hour));
        Assert.Equal(new GridHour(0.0135, 1e-8, 4, 2.5), grid.Find("SWE", hour.AddMinutes(61)));
        Assert.Null(grid.Find("SWE", hour.AddTicks(-1)));
        Assert.Equal(2, grid.RowCount);
    }

    [Theory]
    [InlineData("zone,hour,gco2e_per_kwh", "zone,hour,carbon", "'carbon' is unknown")]
    [InlineData("zone,hour,gco2e_per_kwh", "zone,gco2e_per_kwh", "the header lacks hour")]
    [InlineData("12.5,", "-1,", "gco2e_per_kwh is no number")]
    [InlineData("12.5,", "NaN,", "gco2e_per_kwh is no number")]
    [InlineData("12.5,", ",", "gco2e_per_kwh is missing")]
    [InlineData("12.5,", "12.5", "3 columns instead of 4")]
    [InlineData("12:00:00Z,12.5", "12:30:00Z,12.5", "hour is not a whole hour")]
    [InlineData("12:00:00Z,12.5", "12:00:00,12.5", "hour is not a whole hour")]
    [InlineData("13:00Z", "12:00Z", "SWE has this hour twice")]
    public void Read_OfLineThatIsNone_NamesIt(string right, string wrong, string message)
    {
        var error = Assert.Throws<DataFormatException>(() => Read(Csv.Replace(right, wrong)));
        Assert.Contains(message, error.Message);
        Assert.StartsWith("grid.csv:", error.Message);
    }

    private static Impact Estimate(LLMUsageAudit call, string at) => Estimator.Estimate(call, DateTimeOffset.Parse(at));

    private static HourlyGrid Read(string text) => HourlyGrid.Read("grid.csv", Encoding.UTF8.GetBytes(text));
}
