using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Pipeline.Runtime.Telemetry;

/// <summary>
/// Keeps the current value of every series of the pipeline's meter and writes them as Prometheus text.
/// Recording a known series takes no lock and allocates nothing.
/// </summary>
internal sealed class MetricStore : IDisposable
{
    /// <summary>Series per metric; further label sets are counted together under the label value `_other`.</summary>
    public const int MaxSeries = 200;

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);
    private readonly Lock _scraping = new();

    private MetricStore()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != PipelineMeter.Name) return;
            listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument.Name, static (_, made) => new MetricFamily(made), instrument));
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    public static MetricStore Listen() => new();

    /// <summary>Writes every family in the order of names; one scrape at a time.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        lock (_scraping)
        {
            foreach (var (_, family) in _families) family.BeginObservation();
            _listener.RecordObservableInstruments();
            foreach (var (_, family) in _families.OrderBy(static family => family.Key, StringComparer.Ordinal)) family.Write(output);
        }
    }

    public void Dispose() => _listener.Dispose();
}
