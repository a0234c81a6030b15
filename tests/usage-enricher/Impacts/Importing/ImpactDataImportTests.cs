using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Impacts.Importing;
using Pipeline.UsageEnricher.Impacts.Videos;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts.Importing;

public sealed class ImpactDataImportTests : IDisposable
{
    private static readonly Dictionary<string, string> Source = new()
    {
        ["constants.json"] =
            """
            {"ecologits_version":"1.2.3","source":"there","constants":{"GPU_ENERGY_ALPHA":1.10e-06,"GPU_ENERGY_BETA":-0.1,"GPU_ENERGY_GAMMA":1,"LATENCY_ALPHA":1,
            "LATENCY_BETA":1,"LATENCY_GAMMA":1,"BATCH_SIZE":64,"MODEL_QUANTIZATION_BITS":16,"GPU_MEMORY":80,"GPU_EMBODIED_IMPACT_GWP":1,"GPU_EMBODIED_IMPACT_ADPE":1,
            "GPU_EMBODIED_IMPACT_PE":1,"SERVER_GPUS":8,"SERVER_POWER":1,"SERVER_EMBODIED_IMPACT_GWP":1,"SERVER_EMBODIED_IMPACT_ADPE":1,"SERVER_EMBODIED_IMPACT_PE":1,
            "HARDWARE_LIFESPAN":9}}
            """,
        ["providers.json"] =
            """
            {"ecologits_version":"1.2.3","source":"there","fallback_zone":"WOR","providers":{"acme":{"datacenter_location":null,"datacenter_pue":1.20,
            "datacenter_wue":{"min":0,"max":1}}}}
            """,
        ["electricity_mixes.json"] = """{"electricity_mixes":[{"name":"WOR","adpe":1.0e-08,"pe":2.5,"gwp":0.4,"wue":3.9,"warnings":[]}]}""",
        ["models.json"] =
            """
            {"aliases":[{"type":"alias","provider":"acme","name":"nick","alias":"mix"}],"models":[
            {"type":"model","provider":"acme","name":"mix","architecture":{"type":"moe","parameters":{"total":40,"active":{"min":4,"max":12}}},
             "warnings":["guessed"],"sources":["https://example.test"],"deployment":{"tps":74.0,"ttft":null}},
            {"type":"model","provider":"acme","name":"one","architecture":{"type":"dense","parameters":{"min":1,"max":2}},"warnings":null,"sources":[],"deployment":{"tps":null,"ttft":null}}]}
            """,
        ["video_models.json"] =
            """
            {"provider_configurations":{"acme":{"datacenter_location":"WOR","datacenter_pue":1.20,"datacenter_wue":{"min":0,"max":1}}},
            "hardware_configurations":{"box":{"number_of_accelerators":8,"server_power":{"p2_5":1000,"mean":1500,"p97_5":2000},
            "server_embodied":{"gwp":6000,"adpe":0.42,"pe":8000},"accelerator_embodied":{"gwp":273,"adpe":0.00895,"pe":3721}}},
            "models":[{"provider":"acme","model_name":"acme/film","regression_parameters":{"n":0,"m":1.50e-3,"m1":0,"m2":0,"n1":0,"n2":0,"g":2,"non_audio_weight":0.5},
            "capabilities":{"resolutions":[[1280,720]]},"hardware":"box"}]}
            """,
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("impact-import-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_OfSource_KeepsOrderAndFiguresAsGiven()
    {
        Import(Source);
        Assert.Equal("""{"name":"gpu_energy_alpha","value":1.10e-06}""", Lines(ImpactDataFiles.Constants)[1]);
        Assert.Contains("""{"name":"gpu_embodied_gwp","value":1}""", Lines(ImpactDataFiles.Constants));
        Assert.Contains("""{"name":"server_lifetime","value":9}""", Lines(ImpactDataFiles.Constants));
        Assert.Equal("""{"provider":"acme","pue":1.20,"wue":{"min":0,"max":1}}""", Lines(ImpactDataFiles.Providers)[1]);
        Assert.Equal("""{"zone":"WOR","gwp":0.4,"adpe":1.0e-08,"pe":2.5,"wue":3.9}""", Lines(ImpactDataFiles.Zones)[1]);
        Assert.Equal(
            [
                """{"provider":"acme","name":"mix","active":{"min":4,"max":12},"total":40,"tps":74.0,"warnings":["guessed"]}""",
                """{"provider":"acme","name":"one","parameters":{"min":1,"max":2}}""",
                """{"provider":"acme","name":"nick","same_as":"mix"}""",
            ],
            Lines(ImpactDataFiles.Models)[1..]);
        Assert.StartsWith("{\"catalogue\":\"ecologits\",\"release\":\"1.2.3\",\"source\":", Lines(ImpactDataFiles.Models)[0]);
        Assert.Contains("\"licence\":\"MPL-2.0\"", Lines(ImpactDataFiles.Models)[0]);
    }

    [Fact]
    public void Run_OfVideos_PutsMachineAndCentreBesideEachModel()
    {
        Import(Source);
        Assert.Equal(
            """{"name":"acme/film","regression":{"n":0,"m":1.50e-3,"m1":0,"m2":0,"n1":0,"n2":0,"g":2,"non_audio_weight":0.5},"accelerators":8"""
            + ""","power":{"min":1000,"max":2000},"server":{"gwp":6000,"adpe":0.42,"pe":8000},"accelerator":{"gwp":273,"adpe":0.00895,"pe":3721}"""
            + ""","zone":"WOR","pue":1.20,"wue":{"min":0,"max":1}}""",
            Lines(VideoData.File)[1]);
    }

    [Fact]
    public void Run_OfReleaseThatDroppedModels_KeepsThemMarked()
    {
        Import(Source);
        var newer = Source.ToDictionary(file => file.Key, file => file.Value.Replace("1.2.3", "1.3.0"));
        newer["models.json"] = newer["models.json"].Replace("\"one\"", "\"two\"").Replace("\"nick\",\"alias\":\"mix\"", "\"nock\",\"alias\":\"mix\"");
        for (var time = 0; time < 2; time++)
        {
            Import(newer);
            Assert.Equal(
                [
                    """{"provider":"acme","name":"one","parameters":{"min":1,"max":2},"retired":"1.2.3"}""",
                    """{"provider":"acme","name":"nick","same_as":"mix","retired":"1.2.3"}""",
                ],
                Lines(ImpactDataFiles.Models)[4..]);
        }

        var data = ImpactDataFiles.ReadFolder(Path.Combine(_folder, "out"));
        Assert.Equal([ImpactDataFiles.RetiredWarning], data.FindModel("acme", "one")!.Warnings);
        Assert.Equal(["guessed", ImpactDataFiles.RetiredWarning], data.FindModel("acme", "nick")!.Warnings);
        Assert.Empty(data.FindModel("acme", "two")!.Warnings);
        Import(Source);
        Assert.DoesNotContain("retired", Lines(ImpactDataFiles.Models)[2]);
    }

    [Theory]
    [InlineData("models.json", "\"sources\":[]", "\"share\":0.5", "share")]
    [InlineData("models.json", "\"ttft\":null", "\"ttlt\":1", "ttlt")]
    [InlineData("models.json", "\"total\":40", "\"total\":40,\"shared\":1", "shared")]
    [InlineData("constants.json", "GPU_MEMORY", "GPU_COLOUR", "gpu_colour")]
    [InlineData("constants.json", "1.2.3", "1.2.4", "take both from one release")]
    [InlineData("providers.json", "\"WOR\"", "\"EEE\"", "fallback_zone")]
    [InlineData("video_models.json", "\"g\":2", "\"g\":2,\"h\":1", "unknown member h")]
    [InlineData("electricity_mixes.json", "\"wue\":3.9", "\"wue\":3.9,\"nox\":1", "nox")]
    public void Run_OfSourceWithSomethingUnknown_RefusesIt(string file, string known, string unknown, string message)
    {
        var source = new Dictionary<string, string>(Source);
        Assert.Contains(known, source[file]);
        source[file] = source[file].Replace(known, unknown);
        Assert.Contains(message, Assert.ThrowsAny<Exception>(() => Import(source)).Message);
    }

    [Fact]
    public void Run_OfThePinnedRelease_GivesTheCheckedInDataToTheByte()
    {
        ImpactDataImport.Run(Path.GetDirectoryName(TestData.Path("impacts/models.json"))!, _folder);

        var checkedIn = Path.Combine(TestData.RepositoryRoot, "services", "usage-enricher", "Impacts", "Data");
        var expected = Directory.EnumerateFiles(checkedIn, "*.jsonl").Select(Path.GetFileName).Order().ToArray();
        Assert.Equal(expected, Directory.EnumerateFiles(_folder, "*.jsonl").Select(Path.GetFileName).Order());
        foreach (var file in expected) Assert.Equal(File.ReadAllBytes(Path.Combine(checkedIn, file!)), File.ReadAllBytes(Path.Combine(_folder, file!)));
    }

    [Fact]
    public void CheckedInData_Always_HasLicenceAndNoticeBesideIt()
    {
        var folder = Path.Combine(TestData.RepositoryRoot, "services", "usage-enricher", "Impacts", "Data");
        Assert.StartsWith("Mozilla Public License Version 2.0", File.ReadAllText(Path.Combine(folder, "LICENSE-MPL-2.0.txt")));
        Assert.Contains("EcoLogits", File.ReadAllText(Path.Combine(folder, "NOTICE.md")));
    }

    private void Import(Dictionary<string, string> source)
    {
        foreach (var (file, text) in source) File.WriteAllText(Path.Combine(_folder, file), text);
        ImpactDataImport.Run(_folder, Path.Combine(_folder, "out"));
    }

    private string[] Lines(string file) => File.ReadAllLines(Path.Combine(_folder, "out", file));
}
