using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts;

public sealed class TextFormulasTests
{
    private static readonly ImpactData Data = TestImpacts.Instance;

    [Fact]
    public void Estimate_OfScalars_FollowsTheFormulas()
    {
        // GPU 10 × 0.012 kWh; 70 s; server 70 h/3600 × 3.6 kW × 1/2 × 1/4; PUE 2; (1/2 × 400 + 100) × 70 s / (1000 s × 4).
        var estimate = Estimate("ten", 10, null);
        Near.Equal(0.2575, 0.2575, estimate.Energy);
        Near.Equal(0.12875, 0.12875, estimate.UsageGwp);
        Near.Equal(0.064375, 0.064375, estimate.UsageAdpe);
        Near.Equal(2.575, 2.575, estimate.UsagePe);
        Near.Equal(0.12875 * 7, 0.12875 * 7, estimate.Wcf);
        Near.Equal(5.25, 5.25, estimate.EmbodiedGwp);
        Near.Equal(0.0525, 0.0525, estimate.EmbodiedAdpe);
        Near.Equal(52.5, 52.5, estimate.EmbodiedPe);
        Near.Equal(5.37875, 5.37875, estimate.Gwp);
        Near.Equal(0.116875, 0.116875, estimate.Adpe);
        Near.Equal(55.075, 55.075, estimate.Pe);
    }

    [Theory]
    [InlineData(null, 10.0)]
    [InlineData(100.0, 10.0)]
    [InlineData(10.0, 10.0)]
    [InlineData(4.0, 4.0)]
    [InlineData(0.0, 0.0)]
    public void Estimate_WithMeasuredLatency_CapsTimeAndNeverTheGpus(double? latency, double seconds)
    {
        // 10 tokens at 2 a second and 5 s to the first.
        var estimate = Estimate("ten-fast", 10, latency);
        Near.Equal(2 * (0.12 + seconds / 3600 * 3.6 * 0.125), estimate.Energy.Min);
        Near.Equal(seconds * 300 / 4000, estimate.EmbodiedGwp.Min);
    }

    [Fact]
    public void Estimate_OfNoTokens_CountsTheFirstTokensTime()
    {
        Assert.Equal(default, Estimate("ten", 0, 900));
        Near.Equal(2 * (5.0 / 3600 * 3.6 * 0.125), Estimate("ten-fast", 0, 900).Energy.Min);
        Assert.Equal(default, Estimate("ten-fast", 0, 0));
    }

    [Fact]
    public void Estimate_WithTimeToFirstTokenButNoSpeed_AddsItToTheRegression()
    {
        var request = Request("ten", 10, null) with { FirstTokenSeconds = 30 };
        Near.Equal(100 * 300.0 / 4000, Data.Formulas.Estimate(request).EmbodiedGwp.Min);
    }

    [Fact]
    public void Estimate_OfRanges_TakesAllLowsAndAllHighs()
    {
        // Total 20 needs two GPUs; the active parameters and so the time stay.
        var twoGpus = Estimate("ten-or-twenty", 10, null);
        Near.Equal(0.2575, 2 * (0.0175 + 0.24), twoGpus.Energy);
        Near.Equal(5.25, 10.5, twoGpus.EmbodiedGwp);

        var everything = Estimate("lost", 10, null);
        Near.Equal(1 * 0.12875, 2 * (120.0 / 3600 * 3.6 * 0.25 + 2 * 0.22), everything.Energy);
        Near.Equal(0.12875 * (0 + 1 * 1), (120.0 / 3600 * 3.6 * 0.25 + 2 * 0.22) * (1 + 2 * 1), everything.Wcf);
    }

    [Fact]
    public void Estimate_OfPueRangeAlone_LeavesTheHardwareScalar()
    {
        var request = Request("ten", 10, null) with { Pue = new ScenarioRange(1, 2) };
        var estimate = Data.Formulas.Estimate(request);
        Assert.False(estimate.Energy.IsScalar);
        Assert.True(estimate.EmbodiedGwp.IsScalar);
    }

    [Theory]
    [InlineData(1e-6, 1)]
    [InlineData(33.3, 1)]
    [InlineData(33.4, 2)]
    [InlineData(66.6, 2)]
    [InlineData(66.7, 4)]
    [InlineData(133.4, 8)]
    [InlineData(440, 16)]
    [InlineData(5400, 256)]
    public void Estimate_AtGpuSteps_SpreadsOverPowersOfTwo(double total, int gpus)
    {
        // With the product's data (80 GB, 16 bits): no server energy at latency 0, so energy is that of the GPUs.
        var data = ImpactDataFiles.Embedded;
        var one = new TextRequest(
            ScenarioRange.Of(1), ScenarioRange.Of(1), 1000, 0, null, null, ScenarioRange.Of(1), ScenarioRange.Of(0), data.FindMix("USA")!);
        var energy = data.Formulas.Estimate(one with { TotalParameters = ScenarioRange.Of(total) }).Energy.Min;
        Near.Equal(gpus * data.Formulas.Estimate(one).Energy.Min, energy);
    }

    /// <summary>Worked out step by step, with a pocket calculator's order of operations, in the method's description.</summary>
    [Fact]
    public void Estimate_OfGpt4oCall_IsTheWorkedExample()
    {
        var data = ImpactDataFiles.Embedded;
        var model = data.FindModel("openai", "gpt-4o")!;
        var estimate = data.Formulas.Estimate(TextRequest.Of(model, data.CentreOf(model), data.FindMix("USA")!, 250, 2.9));
        Near.Equal(3.5105076399313676e-04, 5.9157118989294600e-04, estimate.Energy);
        Near.Equal(1.3494391367896178e-04, 2.2739996539484846e-04, estimate.UsageGwp);
        Near.Equal(7.5520833333333325e-06, 7.5520833333333325e-06, estimate.EmbodiedGwp);
        Near.Equal(1.4249599701229512e-04, 2.3495204872818180e-04, estimate.Gwp);
        Near.Equal(4.576046778549432e-10, 4.813079658273694e-10, estimate.Adpe);
        Near.Equal(3.4966879856965756e-03, 5.826946079984288e-03, estimate.Pe);
        Near.Equal(1.265982668496316e-03, 2.133363463071268e-03, estimate.Wcf);
        Assert.Equal(["model-arch-not-released", "model-arch-multimodal"], model.Warnings);
    }

    private static ImpactEstimate Estimate(string model, double tokens, double? latency) => Data.Formulas.Estimate(Request(model, tokens, latency));

    private static TextRequest Request(string name, double tokens, double? latency)
    {
        var model = Data.FindModel("acme", name) ?? Data.FindModel("nowhere", name)!;
        var centre = Data.CentreOf(model);
        return TextRequest.Of(model, centre, Data.FindMix(centre.Zone ?? ImpactData.World)!, tokens, latency);
    }
}
