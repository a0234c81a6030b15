using System.Buffers;
using System.Globalization;
using System.Text;

namespace Pipeline.Runtime.Telemetry;

/// <summary>One metric with one set of label values. Its text up to the value is made once.</summary>
internal sealed class MetricSeries
{
    private readonly KeyValuePair<string, object?>[] _labels;
    private readonly byte[] _prefix;
    private readonly double[]? _bounds;
    private readonly byte[][] _bucketPrefixes = [];
    private readonly long[] _buckets = [];
    private readonly byte[] _sumPrefix = [];
    private double _value;

    public MetricSeries(string name, KeyValuePair<string, object?>[] labels, double[]? bounds)
    {
        _labels = labels;
        _bounds = bounds;
        if (bounds is null)
        {
            _prefix = Prefix(name, labels, null);
            return;
        }

        _prefix = Prefix(name + "_count", labels, null);
        _sumPrefix = Prefix(name + "_sum", labels, null);
        _buckets = new long[bounds.Length + 1];
        _bucketPrefixes =
        [
            .. bounds.Select(bound => Prefix(name + "_bucket", labels, bound.ToString(CultureInfo.InvariantCulture))),
            Prefix(name + "_bucket", labels, "+Inf"),
        ];
    }

    /// <summary>False = not given in this scrape.</summary>
    public bool IsCurrent { get; set; } = true;

    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.Length != _labels.Length) return false;
        for (var i = 0; i < tags.Length; i++)
            if (tags[i].Key != _labels[i].Key || !Equals(tags[i].Value, _labels[i].Value)) return false;
        return true;
    }

    public void Set(double value)
    {
        Volatile.Write(ref _value, value);
        IsCurrent = true;
    }

    public void Add(double value)
    {
        var seen = Volatile.Read(ref _value);
        while (true)
        {
            var found = Interlocked.CompareExchange(ref _value, seen + value, seen);
            if (found.Equals(seen)) return;
            seen = found;
        }
    }

    public void Observe(double value)
    {
        var bucket = 0;
        while (bucket < _bounds!.Length && value > _bounds[bucket]) bucket++;
        Interlocked.Increment(ref _buckets[bucket]);
        Add(value);
    }

    public void Write(IBufferWriter<byte> output)
    {
        if (_bounds is null)
        {
            PrometheusText.WriteLine(output, _prefix, Volatile.Read(ref _value));
            return;
        }

        long count = 0;
        for (var i = 0; i < _buckets.Length; i++)
            PrometheusText.WriteLine(output, _bucketPrefixes[i], count += Interlocked.Read(ref _buckets[i]));
        PrometheusText.WriteLine(output, _sumPrefix, Volatile.Read(ref _value));
        PrometheusText.WriteLine(output, _prefix, count);
    }

    private static byte[] Prefix(string name, KeyValuePair<string, object?>[] labels, string? bound)
    {
        var pairs = labels.Select(static label => $"{label.Key}=\"{PrometheusText.EscapeLabel(label.Value?.ToString() ?? "")}\"");
        if (bound is not null) pairs = pairs.Append($"le=\"{bound}\"");
        var inner = string.Join(',', pairs);
        return Encoding.UTF8.GetBytes(inner.Length == 0 ? name + " " : $"{name}{{{inner}}} ");
    }
}
