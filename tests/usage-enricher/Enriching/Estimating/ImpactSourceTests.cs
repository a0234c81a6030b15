using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.UsageEnricher.Enriching.Estimating;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;

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

        _time.Advance(ImpactSource.CheckInterval);
        source.Refresh(estimator);
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
            _time.Advance(ImpactSource.CheckInterval);
            source.Refresh(estimator);
            if (broken.Length > 0) Assert.Same(before, estimator.Inputs);
        }

        Assert.Equal(0, estimator.Inputs.Models!.Count);
    }

    [Fact]
    public void Validate_OfFileThatCannotBeRead_NamesOptionAndLine()
    {
        var options = new ImpactOptions { Models = Write("own.jsonl", "{}"), Grid = Path.Combine(_folder, "nothing.csv") };
        var refused = options.Validate(new(options)).ToArray();
        Assert.Equal(["Models", "Grid"], refused.SelectMany(one => one.MemberNames));
        Assert.Contains("own.jsonl:1", refused[0].ErrorMessage);
        Assert.Throws<FileNotFoundException>(() => ImpactSource.Read(options with { Models = null }));
        Assert.Throws<DataFormatException>(() => ImpactSource.Read(options with { Grid = null }));
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
