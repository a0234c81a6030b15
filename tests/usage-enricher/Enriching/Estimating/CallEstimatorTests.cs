using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching.Estimating;

public sealed class CallEstimatorTests
{
    private static readonly ImpactData Data = ImpactDataFiles.Embedded;

    private static readonly LLMUsageAudit Call = Calls.Plain(Calls.Tokens(1000, 250)) with
    {
        Provider = "openai", RequestModel = "gpt-4o", ResponseModel = "gpt-4o", DurationUs = 2_900_000,
    };

    [Fact]
    public void Estimate_OfCall_GivesEveryRangeWithMethodAndZone()
    {
        var impact = Estimate(Call);
        Assert.Equal(
            (ImpactStatus.Estimated, "ecologits", Data.Version, "USA", ZoneChoice.FromProvider),
            (impact.Status, impact.Method, impact.Version, impact.Zone, impact.ZoneSource));
        Equal(3.5105076399313676e-04, 5.9157118989294600e-04, impact.Energy);
        Equal(1.4249599701229512e-04, 2.3495204872818180e-04, impact.Gwp);
        Equal(4.576046778549432e-10, 4.813079658273694e-10, impact.Adpe);
        Equal(3.4966879856965756e-03, 5.826946079984288e-03, impact.Pe);
        Equal(1.265982668496316e-03, 2.133363463071268e-03, impact.Wcf);
        Assert.Equal((impact.Energy, impact.Wcf), (impact.Usage!.Energy, impact.Usage.Wcf));
        Equal(1.3494391367896178e-04, 2.2739996539484846e-04, impact.Usage.Gwp);
        Equal(7.5520833333333325e-06, 7.5520833333333325e-06, impact.Embodied!.Gwp);
        Assert.Null(impact.Embodied.Energy);
        Assert.Null(impact.Embodied.Wcf);
    }

    [Fact]
    public void Estimate_OfReasoning_CountsItAsOutput()
    {
        var whole = Estimate(Call with { Usage = new TokenUsage { InputTotal = 1000, OutputText = 50, Reasoning = 200, OutputTotal = 250 } });
        Assert.Equal(Estimate(Call), whole);
        Assert.Equal(whole, Estimate(Call with { Usage = new TokenUsage { InputTotal = 1000, OutputText = 50, Reasoning = 200 } }));
    }

    [Fact]
    public void Estimate_OfInputTokens_CountsNone() =>
        Assert.Equal(Estimate(Call), Estimate(Call with { Usage = Calls.Tokens(900_000, 250) }));

    [Theory]
    [InlineData(Outcome.ClientCancelled)]
    [InlineData(Outcome.Interrupted)]
    [InlineData(Outcome.UpstreamError)]
    [InlineData(Outcome.Timeout)]
    public void Estimate_OfCallThatWasBrokenOff_IsNotCappedByItsLatency(Outcome outcome)
    {
        var broken = Call with { Outcome = outcome, DurationUs = 100_000, UsageSource = UsageSource.Partial };
        Assert.Equal(Estimate(Call with { DurationUs = 3600_000_000 }), Estimate(broken));
        Assert.NotEqual(Estimate(Call with { DurationUs = 100_000 }), Estimate(broken));
    }

    [Fact]
    public void Estimate_OfRetrievedBackgroundAnswer_IsNotCappedByTheRetrieval()
    {
        var fetched = Call with { Operation = "retrieve", Background = true, DurationUs = 20_000 };
        Assert.Equal(Estimate(Call with { DurationUs = 3600_000_000 }), Estimate(fetched));
    }

    [Fact]
    public void Estimate_OfDurationThatWasNotMeasured_IsNotCapped() =>
        Assert.Equal(Estimate(Call with { DurationUs = 3600_000_000 }), Estimate(Call with { DurationUs = 0 }));

    [Theory]
    [InlineData("embeddings", false, ImpactStatus.NotText)]
    [InlineData("rerank", false, ImpactStatus.NotText)]
    [InlineData("moderation", false, ImpactStatus.NotText)]
    [InlineData("video_generation", false, ImpactStatus.NotText)]
    [InlineData("image_generation", false, ImpactStatus.Estimated)]
    [InlineData("transcription", false, ImpactStatus.Estimated)]
    [InlineData("other", false, ImpactStatus.NotText)]
    [InlineData("retrieve", false, ImpactStatus.NotText)]
    [InlineData("retrieve", true, ImpactStatus.Estimated)]
    [InlineData("text_completion", false, ImpactStatus.Estimated)]
    public void Estimate_OfOperation_KnowsWhatGeneratedText(string operation, bool background, ImpactStatus status) =>
        AssertStatus(status, Call with { Operation = operation, Background = background });

    [Fact]
    public void Estimate_OfCallWithoutUsableFigures_IsInvalidInput()
    {
        AssertStatus(ImpactStatus.InvalidInput, Call with { Usage = null });
        AssertStatus(ImpactStatus.InvalidInput, Call with { Usage = new TokenUsage { InputTotal = 10 } });
        AssertStatus(ImpactStatus.InvalidInput, Call with { Usage = Calls.Tokens(1, -1) });
        AssertStatus(ImpactStatus.InvalidInput, Call with { Usage = new TokenUsage { OutputText = -1, Reasoning = 5 } });
        AssertStatus(ImpactStatus.InvalidInput, Call with { Usage = Calls.Tokens(1, CallFigures.MaxCount + 1) });
        AssertStatus(ImpactStatus.InvalidInput, Call with { DurationUs = -1 });
        AssertStatus(ImpactStatus.Estimated, Call with { Usage = Calls.Tokens(1, CallFigures.MaxCount) });
    }

    [Fact]
    public void Estimate_OfNoOutput_CountsTheFirstTokensTime()
    {
        var impact = Estimate(Call with { Usage = Calls.Tokens(10, 0), DurationUs = 3600_000_000 });
        Assert.Equal(ImpactStatus.Estimated, impact.Status);
        Assert.True(impact.Energy!.Min > 0);
    }

    [Fact]
    public void Estimate_OfUnknownModelOrRegion_SaysWhich()
    {
        AssertStatus(ImpactStatus.UnknownModel, Call with { ResponseModel = "gpt-4o-largest" });
        AssertStatus(ImpactStatus.UnknownModel, Call with { ResponseModel = null, RequestModel = null });
        AssertStatus(ImpactStatus.UnknownZone, Call with { Region = "moon-north1" });
        AssertStatus(ImpactStatus.UnknownModel, Call with { ResponseModel = "gpt-4o-largest", Region = "moon-north1" });
    }

    [Theory]
    [InlineData("swedencentral", "SWE", "region")]
    [InlineData("SwedenCentral", "SWE", "region")]
    [InlineData("eu-west-3", "FRA", "region")]
    [InlineData("eu", "EEE", "region")]
    [InlineData("FRA", "FRA", "region")]
    [InlineData("global", "USA", "provider_default")]
    [InlineData(null, "USA", "provider_default")]
    public void Estimate_InRegion_TakesItsElectricity(string? region, string zone, string source)
    {
        var impact = Estimate(Call with { Region = region });
        Assert.Equal((zone, source), (impact.Zone, impact.ZoneSource));
        Assert.Equal(Estimate(Call).Energy, impact.Energy);
        Near.Equal(impact.Energy!.Max * Data.FindMix(zone)!.Gwp, impact.Usage!.Gwp!.Max);
    }

    [Fact]
    public void Estimate_WithOperatorsZone_TakesItForEveryCall()
    {
        var impact = new CallEstimator(Data, "DEU").Estimate(Call with { Region = "moon-north1" }, Calls.At);
        Assert.Equal(("DEU", ZoneChoice.FromOperator), (impact.Zone, impact.ZoneSource));
        Assert.Throws<ArgumentException>(() => new CallEstimator(Data, "DE"));
    }

    [Fact]
    public void Estimate_OfProviderWithoutPlace_TakesTheWorld()
    {
        var (mix, source) = new ZoneChoice(TestImpacts.Instance, null).Of(Call, TestImpacts.Instance.CentreOf(TestImpacts.Instance.FindModel("nowhere", "lost")!));
        Assert.Equal(("WOR", ZoneChoice.FromWorld), (mix!.Zone, source));
    }

    [Fact]
    public void Regions_Always_LieInZonesOfTheData() =>
        Assert.All(CloudRegions.All.Values, zone => Assert.NotNull(Data.FindMix(zone)));

    [Fact]
    public void Estimate_OfMediaModelThatTheDataLacks_IsNotText() =>
        AssertStatus(ImpactStatus.NotText, Call with { Operation = "image_generation", ResponseModel = "dall-e-3" });

    [Fact]
    public void Estimate_OfCall_NamesModelGridAndWhatWasLeftOut()
    {
        var usage = new TokenUsage
        {
            InputUncached = 10, CacheRead = 900, CacheWrite5m = 50, InputImage = 40, OutputText = 250, InputTotal = 1000, OutputTotal = 250,
        };
        var impact = Estimate(Call with { Usage = usage, ToolCalls = new Dictionary<string, long> { ["web_search"] = 2 } });
        Assert.Equal(("openai/gpt-4o", FoundModel.Exact), (impact.ModelKey, impact.ModelMatch));
        Assert.Equal((GridChoice.Annual, null, 0.3844), (impact.GridSource, impact.GridHour, impact.GridGwp));
        Assert.Equal(["input_tokens", "cache_read", "cache_write", "input_media", "tool_calls"], impact.NotCounted);
        Assert.Equal(["model-arch-not-released", "model-arch-multimodal"], impact.Warnings);
        Assert.True(impact.LatencyCapped);
        Assert.False(Estimate(Call with { DurationUs = 3600_000_000 }).LatencyCapped);
        Assert.Empty(Estimate(Call with { Usage = new TokenUsage { OutputText = 5, OutputTotal = 5 } }).NotCounted);
        Assert.Equal(FoundModel.Snapshot, Estimate(Call with { ResponseModel = "gpt-5.3-codex-2026-02-01" }).ModelMatch);
    }

    private static readonly CallEstimator Estimator = new(Data, null);

    private static Impact Estimate(LLMUsageAudit call) => Estimator.Estimate(call, Calls.At);

    private static void AssertStatus(ImpactStatus status, LLMUsageAudit call)
    {
        var impact = Estimate(call);
        Assert.Equal((status, "ecologits", Data.Version), (impact.Status, impact.Method, impact.Version));
        if (status == ImpactStatus.Estimated) return;
        Assert.Equal(new Impact { Status = status, Method = "ecologits", Version = Data.Version }, impact);
    }

    private static void Equal(double min, double max, Schemas.Range? actual) => Near.Equal(min, max, new ScenarioRange(actual!.Min, actual.Max));
}
