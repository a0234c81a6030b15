using System.Buffers.Text;
using System.Text.Json;
using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Transforming;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Intake.Otel;
using Pipeline.UsageEnricher.Intake.Otoroshi;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>
/// Makes usage events of other systems' records, by our rules.
/// <code>
///   Otoroshi's LLMUsageAudit ─┐
///                             ├─(1) JSON ──(2) calls, corrected and marked ──(3) keyed by event id──► llm-usage-imports ──► AdmitTransform
///   OTLP/JSON traces ─────────┘                └─ what is no call ──► counted
///              └─ what cannot be read ──► (topic).dead-letter, without its bytes
/// </code>
/// Guarantee: every foreign record is in one of these, once; an event's id follows from the source's own, so that a record delivered again
/// is the same event. No text of a prompt, reply or error leaves the record. Not for use by two threads.
/// </summary>
public sealed class IntakeTransform : ITransform, IDisposable
{
    /// <summary>Name in dead letters, metrics and logs.</summary>
    public const string Stage = "usage-enricher-intake";

    private const int UuidBytes = 36;

    private readonly IntakeOptions _options;
    private readonly RecordWriter<LLMUsageAudit> _writer;
    private readonly IntakeMetrics _metrics;
    private readonly OtlpTraces _traces = new();
    private readonly ForeignRead _read = new();

    public IntakeTransform(IntakeOptions options, SchemaCatalog schemas, IntakeMetrics metrics)
    {
        (_options, _metrics) = (options, metrics);
        _writer = new RecordWriter<LLMUsageAudit>(schemas);
    }

    public void Step(RecordBatch batch, StepEffects effects)
    {
        foreach (var record in batch.Records) Take(record, effects);
    }

    public void Dispose() => _writer.Dispose();

    private void Take(LogRecord record, StepEffects effects)
    {
        _read.Clear();
        var isOtoroshi = record.Source.Topic == _options.OtoroshiTopic;
        if (!TryRead(record, isOtoroshi)) effects.Bury(record, Stage, DeadLetterReason.Malformed, "the value is not JSON");
        else if (_read.Problem is { } problem) effects.Bury(record, Stage, DeadLetterReason.InvalidRecord, problem);
        foreach (var call in _read.Calls) effects.Append(record, _writer.Record(Topics.UsageImports, KeyOf(call.EventId), call));                       // (3)
        _metrics.Count(record, isOtoroshi ? EventSource.Otoroshi : EventSource.Otel, _read);
    }

    private bool TryRead(LogRecord record, bool isOtoroshi)
    {
        try
        {
            using var json = JsonDocument.Parse(record.Value);                                                                                          // (1)
            var root = new ForeignMember(json.RootElement);
            if (isOtoroshi) OtoroshiEvent.Read(root, record, _options.GeminiReportsTotal, _read);                                                      // (2)
            else _traces.Read(root, record, _read);
            return true;
        }
        catch (JsonException)
        {
            // Its message quotes the text.
            return false;
        }
    }

    private static byte[] KeyOf(Guid eventId)
    {
        var key = new byte[UuidBytes];
        Utf8Formatter.TryFormat(eventId, key, out _);
        return key;
    }
}
