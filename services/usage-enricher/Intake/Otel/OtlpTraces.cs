using System.Globalization;
using Pipeline.Runtime.Log;

namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>
/// Reads an ExportTraceServiceRequest as OTLP/JSON, one a record: `resourceSpans[] → scopeSpans[] → spans[]`. Of a span around another one
/// that reports the same call (a framework's around its client library's) only the inner is booked. Not for use by two threads.
/// </summary>
internal sealed class OtlpTraces
{
    /// <summary>Spans above one another that are followed up.</summary>
    private const int MaxDepth = 64;

    private readonly OtlpAttributes _attributes = new();
    private readonly List<(ForeignMember Resource, ForeignMember Span)> _calls = [];
    private readonly Dictionary<string, string?> _parents = new(StringComparer.Ordinal);
    private readonly HashSet<string> _wrappers = new(StringComparer.Ordinal);

    public void Read(ForeignMember json, LogRecord record, ForeignRead into)
    {
        if (json["resourceSpans"].Length == 0)
        {
            into.Problem = "the record is no ExportTraceServiceRequest: it has no resourceSpans";
            return;
        }

        Gather(json, into);
        var unusable = 0;
        foreach (var (resource, span) in _calls)
        {
            if (_wrappers.Contains(IdOf(span)))
            {
                into.Skipped.Add(SkipReason.WrapsAnother);
                continue;
            }

            _attributes.ReadResource(resource["attributes"]);
            _attributes.ReadSpan(span["attributes"]);
            if (GenAiSpan.Read(span, _attributes, GenAiSpan.OperationOf(_attributes)!, record) is { } call) into.Calls.Add(call);
            else unusable++;
        }

        if (unusable > 0) into.Problem = string.Create(CultureInfo.InvariantCulture, $"{unusable} of {_calls.Count} spans of model calls have no trace id, span id, start or end");
    }

    /// <summary>Finds the spans that are calls, and those of them that have another one below them.</summary>
    private void Gather(ForeignMember json, ForeignRead into)
    {
        _calls.Clear();
        _parents.Clear();
        _wrappers.Clear();
        foreach (var resource in json["resourceSpans"].Items)
            foreach (var scope in resource["scopeSpans"].Items)
                foreach (var span in scope["spans"].Items)
                {
                    _parents[IdOf(span)] = span["parentSpanId"].Text is { Length: > 0 } parent ? KeyOf(span["traceId"].Text, parent) : null;
                    _attributes.ReadSpan(span["attributes"]);
                    if (GenAiSpan.OperationOf(_attributes) is null) into.Skipped.Add(SkipReason.NotACall);
                    else _calls.Add((resource["resource"], span));
                }

        foreach (var (_, span) in _calls)
        {
            var above = _parents.GetValueOrDefault(IdOf(span));
            for (var depth = 0; above is not null && depth < MaxDepth && _wrappers.Add(above); depth++) above = _parents.GetValueOrDefault(above);
        }
    }

    private static string IdOf(ForeignMember span) => KeyOf(span["traceId"].Text, span["spanId"].Text);

    private static string KeyOf(string? trace, string? span) => $"{trace}/{span}";
}
