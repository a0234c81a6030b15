using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Telemetry;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>
/// The operator's impact files, read again when they have changed and have stopped changing: between two batches, so that a batch has one
/// version. A file that cannot be read leaves the ones before in force.
/// </summary>
internal sealed partial class ImpactSource(ImpactOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Least time between two looks at the files.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private static readonly Counter<long> Refused = PipelineMeter.Counter(
        "pipeline_enricher_impact_files_refused_total", "Changed impact files (data, models, grid) that could not be read; the ones before stay in force.");

    private readonly WatchedFiles _watched = new([.. new[] { options.Data, options.Models, options.Grid }.OfType<string>()]);
    private long _checkedAt;

    /// <exception cref="DataFormatException">A file is not what its format says.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public ImpactInputs Read()
    {
        _checkedAt = time.GetTimestamp();
        return Read(options);
    }

    /// <inheritdoc cref="Read()"/>
    public static ImpactInputs Read(ImpactOptions options)
    {
        var data = options.Data is { } folder ? ImpactDataFiles.ReadFolder(folder) : ImpactDataFiles.Embedded;
        if (options.Zone is { } zone && data.FindMix(zone) is null)
            throw new DataFormatException(ImpactDataFiles.Zones, 0, $"'{zone}' is no zone of the impact data; give a country as three capital letters such as FRA, or {ImpactData.World}");
        return new ImpactInputs(
            data,
            options.Models is { } models ? OwnModels.Read(models, DataSource.OneFile(models, OwnModels.MaxBytes), data) : null,
            options.Grid is { } grid ? HourlyGrid.Read(grid, DataSource.OneFile(grid, HourlyGrid.MaxBytes)) : null,
            options.Zone);
    }

    /// <summary>Gives the estimator the files as they are now, when they changed.</summary>
    public void Refresh(CallEstimator estimator)
    {
        if (time.GetElapsedTime(_checkedAt) < CheckInterval) return;
        _checkedAt = time.GetTimestamp();
        try
        {
            if (!_watched.HaveChanged()) return;
            var inputs = Read();
            estimator.Use(inputs);
            FilesTaken(logger, inputs.Version);
        }
        catch (Exception error) when (error is DataFormatException or IOException or UnauthorizedAccessException)
        {
            Refused.Add(1);
            FilesRefused(logger, error.Message);
        }
    }

    [LoggerMessage(42, LogLevel.Information, "ImpactFilesTaken: estimates are of version {Version} from here on", EventName = "ImpactFilesTaken")]
    private static partial void FilesTaken(ILogger logger, string version);

    [LoggerMessage(43, LogLevel.Error, "ImpactFilesRefused: {Reason}; the files before stay in force", EventName = "ImpactFilesRefused")]
    private static partial void FilesRefused(ILogger logger, string reason);
}
