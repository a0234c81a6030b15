using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Telemetry;
using Pipeline.UsageEnricher.Impacts;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>
/// The operator's impact files, read again when they change: between two batches, so that a batch has one version. A file that cannot be
/// read leaves the one before in force.
/// </summary>
internal sealed partial class ImpactSource(ImpactOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>Least time between two looks at the files.</summary>
    public static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(10);

    private static readonly Counter<long> Refused = PipelineMeter.Counter(
        "pipeline_enricher_impact_files_refused_total", "Changed impact files (models, grid) that could not be read; the ones before stay in force.");

    private (FileMark Models, FileMark Grid) _seen;
    private long _checkedAt;

    private readonly record struct FileMark(long Bytes, DateTime WrittenAt)
    {
        public static FileMark Of(string? path) => path is not null && new FileInfo(path) is { Exists: true } file ? new(file.Length, file.LastWriteTimeUtc) : default;
    }

    /// <exception cref="DataFormatException">A file is not what its format says.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public ImpactInputs Read()
    {
        _seen = (FileMark.Of(options.Models), FileMark.Of(options.Grid));
        _checkedAt = time.GetTimestamp();
        return Read(options);
    }

    /// <inheritdoc cref="Read()"/>
    public static ImpactInputs Read(ImpactOptions options)
    {
        var data = ImpactDataFiles.Embedded;
        return new ImpactInputs(
            data,
            options.Models is { } models ? OwnModels.Read(models, Bytes(models, OwnModels.MaxBytes), data) : null,
            options.Grid is { } grid ? HourlyGrid.Read(grid, Bytes(grid, HourlyGrid.MaxBytes)) : null,
            options.Zone);
    }

    /// <summary>Gives the estimator the files as they are now, when they changed.</summary>
    public void Refresh(CallEstimator estimator)
    {
        if (time.GetElapsedTime(_checkedAt) < CheckInterval) return;
        _checkedAt = time.GetTimestamp();
        if (_seen == (FileMark.Of(options.Models), FileMark.Of(options.Grid))) return;
        try
        {
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

    private static byte[] Bytes(string path, long most)
    {
        if (new FileInfo(path) is { Exists: true } file && file.Length > most) throw new DataFormatException(path, 0, $"larger than {most} bytes");
        return File.ReadAllBytes(path);
    }

    [LoggerMessage(42, LogLevel.Information, "ImpactFilesTaken: estimates are of version {Version} from here on", EventName = "ImpactFilesTaken")]
    private static partial void FilesTaken(ILogger logger, string version);

    [LoggerMessage(43, LogLevel.Error, "ImpactFilesRefused: {Reason}; the files before stay in force", EventName = "ImpactFilesRefused")]
    private static partial void FilesRefused(ILogger logger, string reason);
}
