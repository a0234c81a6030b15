using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Telemetry;
using Pipeline.UsageEnricher.JsonLines;

namespace Pipeline.UsageEnricher.Pricing.Books;

/// <summary>
/// The price book that holds now. Files are looked at again at an interval; a new book replaces the old one only whole and valid, and
/// the enricher takes one book for each batch, so no event ever sees two. A file that is being written is left alone until two looks
/// find it the same. Safe for many threads.
/// </summary>
public sealed partial class PriceBookSource : IDisposable
{
    private static readonly Counter<long> Reloads = PipelineMeter.Counter(
        "pipeline_enricher_price_reloads_total", "Times that changed price files were read again, by what came of it.", "result");

    private readonly PriceFiles _files;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly WatchedFiles _watched;
    private ITimer? _timer;
    private volatile PriceBook _current;

    /// <exception cref="DataFormatException">The files do not make a book; a service does not start without one.</exception>
    public PriceBookSource(PriceFiles files, ILogger logger)
    {
        _files = files;
        _logger = logger;
        _watched = new WatchedFiles(files.Paths);
        _current = PriceBookFiles.Read(files);
    }

    public PriceBook Current => _current;

    /// <summary>Looks at the files at this interval from now on.</summary>
    public void Watch(TimeProvider time, TimeSpan interval) => _timer = time.CreateTimer(static source => ((PriceBookSource)source!).Look(), this, interval, interval);

    /// <summary>Reads the files if they have changed and have stopped changing.</summary>
    public void Look()
    {
        lock (_lock)
        {
            try
            {
                if (!_watched.HaveChanged()) return;
                var book = PriceBookFiles.Read(_files);
                if (book.Version == _current.Version) return;
                PricesReloaded(_logger, _current.Version, book.Version);
                _current = book;
                Reloads.Add(1, new KeyValuePair<string, object?>("result", "replaced"));
            }
            catch (Exception e) when (e is DataFormatException or IOException or UnauthorizedAccessException)
            {
                // A file that is wrong or away waits for its next change.
                PricesNotReloaded(_logger, e.Message, _current.Version);
                Reloads.Add(1, new KeyValuePair<string, object?>("result", "refused"));
            }
        }
    }

    public void Dispose() => _timer?.Dispose();

    [LoggerMessage(42, LogLevel.Information, "PricesReloaded {From} to {To}: events are priced by the new price book from the next batch on", EventName = "PricesReloaded")]
    private static partial void PricesReloaded(ILogger logger, string from, string to);

    [LoggerMessage(43, LogLevel.Error, "PricesNotReloaded {Problem}: price book {Version} goes on; correct the file", EventName = "PricesNotReloaded")]
    private static partial void PricesNotReloaded(ILogger logger, string problem, string version);
}
