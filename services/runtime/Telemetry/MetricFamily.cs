using System.Buffers;
using System.Diagnostics.Metrics;
using System.Text;

namespace Pipeline.Runtime.Telemetry;

/// <summary>All series of one instrument.</summary>
internal sealed class MetricFamily
{
    private const string Overflow = "_other";

    private readonly string _name;
    private readonly byte[] _header;
    private readonly bool _isObservable;
    private readonly double[]? _bounds;
    private readonly Lock _adding = new();

    // Replaced as a whole when a series is added, so that readers need no lock.
    private MetricSeries[] _series = [];

    public MetricFamily(Instrument instrument)
    {
        _name = instrument.Name;
        _isObservable = instrument.IsObservable;
        var isCounter = IsOf(instrument, typeof(Counter<>)) || IsOf(instrument, typeof(ObservableCounter<>));
        if (IsOf(instrument, typeof(Histogram<>)))
        {
            var advice = (instrument as Histogram<double>)?.Advice ?? throw new NotSupportedException($"{_name}: histograms are of double");
            _bounds = [.. advice.HistogramBucketBoundaries ?? PipelineMeter.DurationBuckets];
        }

        var type = _bounds is not null ? "histogram" : isCounter ? "counter" : "gauge";
        _header = Encoding.UTF8.GetBytes($"# HELP {_name} {EscapeHelp(instrument.Description ?? "")}\n# TYPE {_name} {type}\n");
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = Find(_series, tags) ?? Add(tags);
        if (_bounds is not null) series.Observe(value);
        else if (_isObservable) series.Set(value);
        else series.Add(value);
    }

    /// <summary>Observed series that are not given again in this scrape are not shown.</summary>
    public void BeginObservation()
    {
        if (!_isObservable) return;
        foreach (var series in _series) series.IsCurrent = false;
    }

    public void Write(IBufferWriter<byte> output)
    {
        var series = _series;
        if (!Array.Exists(series, static one => one.IsCurrent)) return;
        output.Write(_header);
        foreach (var one in series)
            if (one.IsCurrent) one.Write(output);
    }

    private static MetricSeries? Find(MetricSeries[] all, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Families are small (a handful of closed label values): comparing beats hashing the tags.
        foreach (var series in all)
            if (series.Has(tags)) return series;
        return null;
    }

    private MetricSeries Add(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            if (Find(_series, tags) is { } other) return other;
            var labels = tags.ToArray();
            if (_series.Length >= MetricStore.MaxSeries)
            {
                for (var i = 0; i < labels.Length; i++) labels[i] = new(labels[i].Key, Overflow);
                if (Find(_series, labels) is { } overflow) return overflow;
            }

            var added = new MetricSeries(_name, labels, _bounds);
            _series = [.. _series, added];
            return added;
        }
    }

    private static bool IsOf(Instrument instrument, Type generic) =>
        instrument.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == generic;

    private static string EscapeHelp(string help) => help.Replace("\\", "\\\\").Replace("\n", "\\n");
}
