using Pipeline.Runtime.DeadLetters;
using Pipeline.Runtime.Log;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;

namespace Pipeline.Runtime.Registry;

/// <summary>Whether a record could be read as ours.</summary>
public enum RecordReadOutcome
{
    Ok,

    /// <summary>Not the wire format, cut off, or not what its schema says.</summary>
    Malformed,

    /// <summary>The registry does not know the record's schema id.</summary>
    UnknownSchema,

    /// <summary>The record's schema cannot be resolved to ours.</summary>
    IncompatibleSchema,
}

/// <summary>What a failed read is called in a dead letter.</summary>
public static class RecordReadOutcomes
{
    public static DeadLetterReason ToReason(this RecordReadOutcome outcome) => outcome switch
    {
        RecordReadOutcome.Malformed => DeadLetterReason.Malformed,
        RecordReadOutcome.UnknownSchema => DeadLetterReason.UnknownSchema,
        RecordReadOutcome.IncompatibleSchema => DeadLetterReason.IncompatibleSchema,
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "is no failure"),
    };

    /// <summary>One sentence for `dl.message`, without any content of the record.</summary>
    public static string ToMessage(this RecordReadOutcome outcome) => outcome switch
    {
        RecordReadOutcome.Malformed => "the value is not the wire format or not what its schema says",
        RecordReadOutcome.UnknownSchema => "the registry does not know the value's schema id",
        RecordReadOutcome.IncompatibleSchema => "the value's schema cannot be resolved to ours",
        _ => "ok",
    };
}

/// <summary>
/// Reads records of one topic, inside a step: from memory alone, after <see cref="SchemaCatalog.Resolve"/> took the batch. Not
/// for use by two threads.
/// </summary>
public sealed class RecordReader<T>(SchemaCatalog catalog) : IDisposable
    where T : class, IAvroRecord<T>
{
    private readonly AvroWriter _transcoded = new();

    /// <param name="body">The Avro bytes in our own schema: a slice of the record's value when it was written with it.</param>
    public RecordReadOutcome Read(LogRecord record, out T? value, out ReadOnlyMemory<byte> body)
    {
        value = null;
        var outcome = ReadBody(record, out body);
        if (outcome != RecordReadOutcome.Ok) return outcome;
        if (!AvroBody.TryRead<T>(body.Span, out var read)) return RecordReadOutcome.Malformed;
        value = read;
        return RecordReadOutcome.Ok;
    }

    /// <summary>The body alone, for readers that scan bytes. It is not yet known to be well-formed when it was written with our schema.</summary>
    public RecordReadOutcome ReadBody(LogRecord record, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (!ConfluentFrame.TryRead(record.Value.Span, out var id, out var written)) return RecordReadOutcome.Malformed;
        var writer = catalog.Find(id) ?? throw new InvalidOperationException($"schema {id} was not resolved before the step");
        if (writer.IsUnknown) return RecordReadOutcome.UnknownSchema;
        if (writer.Fingerprint == T.Fingerprint)
        {
            body = record.Value[ConfluentFrame.HeaderBytes..];
            return RecordReadOutcome.Ok;
        }

        if (writer.TranscoderTo(T.SchemaJson, T.Fingerprint) is not { } transcoder) return RecordReadOutcome.IncompatibleSchema;
        _transcoded.Reset();
        if (!transcoder.TryTranscode(written, _transcoded)) return RecordReadOutcome.Malformed;
        body = _transcoded.WrittenSpan.ToArray();
        return RecordReadOutcome.Ok;
    }

    public void Dispose() => _transcoded.Dispose();
}
