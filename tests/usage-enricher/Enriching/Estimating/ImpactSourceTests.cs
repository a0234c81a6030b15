using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching.Estimating;

public sealed class ImpactSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("impact-source-").FullName;
    private readonly SetClock _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Refresh_OfChangedFile_TakesItAfterTheInterval()
    {
        var grid = Write("grid.csv", "zone,hour,gco2e_per_kwh\nSWE,2026-11-20T12:00Z,12\n");
        var source = new ImpactSource(new ImpactOptions { Grid = grid }, _time, NullLogger.Instance);
        var estimator = new CallEstimator(source.Read());
        var first = estimator.Inputs;
        Write("grid.csv", "zone,hour,gco2e_per_kwh\nSWE,2026-11-20T12:00Z,12\nSWE,2026-11-20T13:00Z,13\n");
        source.Refresh(estimator);
        Assert.Same(first, estimator.Inputs);

        Look(source, estimator);
        Assert.Same(first, estimator.Inputs);
        Look(source, estimator);
        Assert.Equal(2, estimator.Inputs.Grid!.RowCount);
        Assert.NotEqual(first.Version, estimator.Inputs.Version);
    }

    [Fact]
    public void Refresh_OfFileThatBecameUnreadable_KeepsTheOneBefore()
    {
        var models = Write("own.jsonl", """{"provider":"vllm","name":"m","parameters":7,"pue":1,"wue":0}""");
        var source = new ImpactSource(new ImpactOptions { Models = models }, _time, NullLogger.Instance);
        var estimator = new CallEstimator(source.Read());
        var before = estimator.Inputs;
        foreach (var broken in (string[])["{", ""])
        {
            Write("own.jsonl", broken);
            Look(source, estimator);
            Look(source, estimator);
            if (broken.Length > 0) Assert.Same(before, estimator.Inputs);
        }

        Assert.Equal(0, estimator.Inputs.Models!.Count);
    }

    /// <summary>What a loop must survive: it has no one to catch for it.</summary>
    [Theory]
    [InlineData("zone,hour,gco2e_per_kwh,gco2e_per_kwh\nSWE,2026-11-20T12:00Z,12,13\n", "g.csv:1: the header has a column twice")]
    [InlineData("\n{\"zone\":\"SWE\",\"zone\":\"FRA\",\"hour\":\"2026-11-20T12:00Z\",\"gco2e_per_kwh\":12}", "g.csv:2: zone stands twice")]
    public void Refresh_OfFaultyGrid_CountsItAndKeepsTheOneBefore(string faulty, string problem)
    {
        var grid = Write("g.csv", "zone,hour,gco2e_per_kwh\nSWE,2026-11-20T12:00Z,12\n");
        var source = new ImpactSource(new ImpactOptions { Grid = grid }, _time, NullLogger.Instance);
        var estimator = new CallEstimator(source.Read());
        var before = estimator.Inputs;
        var refused = 0L;
        using var meters = new MeterListener { InstrumentPublished = static (instrument, all) => { if (instrument.Name == "pipeline_enricher_impact_files_refused_total") all.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((_, count, _, _) => refused += count);
        meters.Start();

        Write("g.csv", faulty);
        for (var look = 0; look < 4; look++) Look(source, estimator);

        Assert.Same(before, estimator.Inputs);
        Assert.True(refused >= 1);
        var options = new ImpactOptions { Grid = grid };
        Assert.Contains(problem, Assert.Single(options.Validate(new(options))).ErrorMessage);
    }

    [Fact]
    public void Refresh_OfFileThatIsBeingWritten_WaitsUntilItStays()
    {
        var grid = Write("grid.csv", "zone,hour,gco2e_per_kwh\nSWE,2026-11-20T12:00Z,12\n");
        var source = new ImpactSource(new ImpactOptions { Grid = grid }, _time, NullLogger.Instance);
        var estimator = new CallEstimator(source.Read());
        var first = estimator.Inputs;
        Write("grid.csv", "zone,hour,gco2e_per_kwh\nSWE,2026-11-20T12:00Z,13\nSWE,2026-11-20T13:00Z,1");
        Look(source, estimator);
        Write("grid.csv", "zone,hour,gco2e_per_kwh\nSWE,2026-11-20T12:00Z,13\nSWE,2026-11-20T13:00Z,134\n");
        Look(source, estimator);
        Assert.Same(first, estimator.Inputs);
        Look(source, estimator);
        Assert.Equal(0.134, estimator.Inputs.Grid!.Find("SWE", DateTimeOffset.Parse("2026-11-20T13:00:00Z"))!.Value.Gwp);
    }

    [Fact]
    public void Refresh_OfOtherData_TakesItForEstimates()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "data")).FullName;
        foreach (var (name, text) in TestImpacts.Files) WriteData(name, text);
        var source = new ImpactSource(new ImpactOptions { Data = folder, Zone = "AAA" }, _time, NullLogger.Instance);
        var estimator = new CallEstimator(source.Read());
        var call = Calls.Plain(Calls.Tokens(10, 250)) with { Provider = "vllm", RequestModel = "ten", ResponseModel = "ten" };
        Assert.StartsWith("1.2.3+", estimator.Estimate(call, Calls.At).Version);
        Assert.Equal(ImpactStatus.UnknownModel, estimator.Estimate(call, Calls.At).Status);

        WriteData(ImpactDataFiles.Providers, TestImpacts.Files[ImpactDataFiles.Providers] + "\n" + """{"provider":"huggingface_hub","zone":"AAA","pue":2,"wue":1}""");
        WriteData(ImpactDataFiles.Models, TestImpacts.Files[ImpactDataFiles.Models] + "\n" + """{"provider":"huggingface_hub","name":"ten","parameters":10,"retired":"1.2.2"}""");
        Look(source, estimator);
        Look(source, estimator);
        var impact = estimator.Estimate(call, Calls.At);
        Assert.Equal((ImpactStatus.Estimated, "huggingface_hub/ten"), (impact.Status, impact.ModelKey));
        Assert.Contains(ImpactDataFiles.RetiredWarning, impact.Warnings!);

        var taken = estimator.Inputs;
        WriteData(ImpactDataFiles.Zones, """{"zone":"WOR","gwp":1,"adpe":1,"pe":1,"wue":1}""");
        Look(source, estimator);
        Look(source, estimator);
        Assert.Same(taken, estimator.Inputs);

        void WriteData(string name, string text) => Write(Path.Combine("data", name), $"{TestImpacts.Head}\n{text}\n");
    }

    [Fact]
    public void Validate_OfDataAndZone_NamesTheOptionThatIsWrong()
    {
        var missing = new ImpactOptions { Data = _folder, Zone = "FRA" };
        var refused = Assert.Single(missing.Validate(new(missing)));
        Assert.Equal("Data", Assert.Single(refused.MemberNames));
        Assert.Contains("impact-data import", refused.ErrorMessage);
        var zone = new ImpactOptions { Zone = "XXX" };
        Assert.Equal("Zone", Assert.Single(Assert.Single(zone.Validate(new(zone))).MemberNames));
        Assert.Empty(new ImpactOptions { Zone = "FRA" }.Validate(new(zone)));
    }

    [Fact]
    public void Validate_OfFileThatCannotBeRead_NamesOptionAndLine()
    {
        var options = new ImpactOptions { Models = Write("own.jsonl", "{}"), Grid = Path.Combine(_folder, "nothing.csv") };
        var refused = options.Validate(new(options)).ToArray();
        Assert.Equal(["Models", "Grid"], refused.SelectMany(one => one.MemberNames));
        Assert.Contains("own.jsonl:1", refused[0].ErrorMessage);
        Assert.Contains("the file is missing", Assert.Throws<DataFormatException>(() => ImpactSource.Read(options with { Models = null })).Message);
        options = new ImpactOptions { Models = "", Grid = "" };
        Assert.Equal(["Models", "Grid"], options.Validate(new(options)).SelectMany(one => one.MemberNames));
        Assert.Throws<DataFormatException>(() => ImpactSource.Read(options with { Grid = null }));
    }

    private void Look(ImpactSource source, CallEstimator estimator)
    {
        _time.Advance(ImpactSource.CheckInterval);
        source.Refresh(estimator);
    }

    private sealed class SetClock : TimeProvider
    {
        private TimeSpan _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now.Ticks;

        public void Advance(TimeSpan by) => _now += by;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
