using System.Globalization;
using Pipeline.Runtime.Log;

namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>
/// Reads an ExportTraceServiceRequest as OTLP/JSON, one a record: `resourceSpans[] → scopeSpans[] → spans[]`. Of two spans that report the same
/// call (<see cref="WrappedCalls"/>) one is booked. Not for use by two threads.
/// </summary>
internal sealed class OtlpTraces
{
    /// <summary>Spans above one another that are followed up.</summary>
    private const int MaxDepth = 64;

    private readonly OtlpAttributes _attributes = new();
    private readonly List<CallSpan> _calls = [];
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);

    public void Read(ForeignMember json, LogRecord record, ForeignRead into)
    {
        if (json["resourceSpans"].Length == 0)
        {
            into.Problem = "the record is no ExportTraceServiceRequest: it has no resourceSpans";
            return;
        }

        Gather(json, into);
        Link();
        WrappedCalls.PassOver(_calls);
        var unusable = 0;
        foreach (var found in _calls)
        {
            if (found.IsPassedOver)
            {
                into.Skipped.Add(SkipReason.WrapsAnother);
                continue;
            }

            _attributes.ReadResource(found.Resource["attributes"]);
            _attributes.ReadSpan(found.Span["attributes"]);
            if (GenAiSpan.Read(found.Span, _attributes, found.Operation, record) is { } call) into.Calls.Add(call);
            else unusable++;
        }

        if (unusable > 0) into.Problem = string.Create(CultureInfo.InvariantCulture, $"{unusable} of {_calls.Count} spans of model calls have no trace id, span id, start or end");
    }

    private void Gather(ForeignMember json, ForeignRead into)
    {
        _calls.Clear();
        _nodes.Clear();
        foreach (var resource in json["resourceSpans"].Items)
            foreach (var scope in resource["scopeSpans"].Items)
                foreach (var span in scope["spans"].Items) Gather(resource["resource"], span, into);
    }

    private void Gather(ForeignMember resource, ForeignMember span, ForeignRead into)
    {
        _attributes.ReadSpan(span["attributes"]);
        var call = GenAiSpan.Recognise(resource, span, _attributes);
        var parent = span["parentSpanId"].Text is { Length: > 0 } id ? KeyOf(span["traceId"].Text, id) : null;
        var isFirst = _nodes.TryAdd(KeyOf(span["traceId"].Text, span["spanId"].Text), new Node(parent, call, call is null && GenAiSpan.IsOfItsOwn(_attributes)));
        if (call is null) into.Skipped.Add(SkipReason.NotACall);
        // A span that stands twice in a record is one call; what has no id is not known again.
        else if (isFirst || span["spanId"].Text is not { Length: > 0 }) _calls.Add(call);
    }

    private void Link()
    {
        foreach (var (_, node) in _nodes)
        {
            if (node.Call is not { } call) continue;
            var parent = node.Parent;
            for (var depth = 0; depth < MaxDepth && parent is not null && _nodes.TryGetValue(parent, out var above) && !above.IsOfItsOwn; depth++)
            {
                parent = above.Parent;
                if (above.Call is null) continue;
                (call.Above, call.IsDirectlyBelow) = (above.Call, depth == 0);
                above.Call.Below.Add(call);
                break;
            }
        }
    }

    private static string KeyOf(string? trace, string? span) => $"{trace}/{span}";

    /// <param name="IsOfItsOwn">An agent, tool or workflow: the calls below it are none that are above it.</param>
    private sealed record Node(string? Parent, CallSpan? Call, bool IsOfItsOwn);
}
