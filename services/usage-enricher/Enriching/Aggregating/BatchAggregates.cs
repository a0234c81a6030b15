using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching.Aggregating;

/// <summary>
/// Combines a batch's events into one delta per minute and attribution tuple. Deltas add up in any order, so how records fall
/// into batches changes their number and never their sums. Not for use by two threads.
/// </summary>
/// <param name="tagNames">Tags that aggregates are told apart by.</param>
internal sealed class BatchAggregates(IReadOnlyList<string> tagNames, RecordWriter<UsageAggregate> writer)
{
    /// <summary>Keys remembered between batches; past it all are forgotten.</summary>
    private const int MaxRememberedKeys = 16_384;

    private readonly string[] _tagNames = [.. tagNames.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    private readonly Dictionary<(DateTimeOffset Minute, AttributionTuple Tuple), AggregateDelta> _deltas = [];
    private readonly List<(DateTimeOffset Minute, AttributionTuple Tuple, AggregateDelta Delta)> _ordered = [];
    private readonly Dictionary<AttributionTuple, byte[]> _keys = [];
    private readonly StringBuilder _tagText = new();

    public void Add(LLMUsageAudit call, Cost cost, Impact impact, DateTimeOffset eventTime) =>
        DeltaOf(call, cost, eventTime).Add(call, cost, impact, 1);

    /// <summary>Adds the difference of an event that was summed up with its old cost and costs something else now.</summary>
    /// <param name="old">The event with its old cost.</param>
    public void Correct(LlmUsage old, Cost cost)
    {
        if (old.Cost.Status == cost.Status && old.Cost.Currency == cost.Currency)
        {
            var delta = DeltaOf(old, old.Cost, old.EventTime);
            delta.AddMoney(old.Cost, -1);
            delta.AddMoney(cost, 1);
            return;
        }

        DeltaOf(old, old.Cost, old.EventTime).Add(old, old.Cost, old.Impact, -1);
        DeltaOf(old, cost, old.EventTime).Add(old, cost, old.Impact, 1);
    }

    /// <summary>Appends the deltas in the order of their first events, and begins anew.</summary>
    public void FlushTo(StepEffects effects)
    {
        foreach (var (minute, tuple, delta) in _ordered)
            effects.AppendCombined(writer.Record(Topics.Aggregates, KeyOf(tuple), delta.ToRecord(minute, tuple, TagsOf(tuple))));
        Clear();
    }

    public void Clear()
    {
        _deltas.Clear();
        _ordered.Clear();
    }

    private AggregateDelta DeltaOf(LLMUsageAudit call, Cost cost, DateTimeOffset eventTime)
    {
        var minute = new DateTimeOffset(eventTime.UtcTicks - eventTime.UtcTicks % TimeSpan.TicksPerMinute, TimeSpan.Zero);
        var tuple = AttributionTuple.Of(call, cost, TagsOf(call));
        if (_deltas.TryGetValue((minute, tuple), out var delta) && delta.HasRoomFor(cost)) return delta;
        delta = new AggregateDelta();
        _deltas[(minute, tuple)] = delta;
        _ordered.Add((minute, tuple, delta));
        return delta;
    }

    private byte[] KeyOf(in AttributionTuple tuple)
    {
        if (_keys.TryGetValue(tuple, out var key)) return key;
        if (_keys.Count >= MaxRememberedKeys) _keys.Clear();
        key = tuple.ToKey();
        _keys.Add(tuple, key);
        return key;
    }

    /// <summary>Values hold no control characters, so a line feed ends each of them.</summary>
    private string? TagsOf(LLMUsageAudit call)
    {
        if (_tagNames.Length == 0 || call.Attribution.Tags.Count == 0) return null;

        _tagText.Clear();
        foreach (var name in _tagNames)
            if (call.Attribution.Tags.TryGetValue(name, out var value))
                _tagText.Append(name).Append('=').Append(value.Replace('\n', ' ')).Append('\n');
        return _tagText.Length == 0 ? null : _tagText.ToString();
    }

    private static IReadOnlyDictionary<string, string> TagsOf(in AttributionTuple tuple)
    {
        if (tuple.Tags is null) return System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in tuple.Tags.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = line.IndexOf('=');
            tags[line[..equals]] = line[(equals + 1)..];
        }

        return tags;
    }
}
