using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;
using Pipeline.Schemas.Resolution;
using Pipeline.Schemas.Wire;

namespace Pipeline.Runtime.Registry;

/// <summary>
/// What is known of the registry: the ids of our own schemas, and the schema behind every id met in a record. The shell fills it before a step,
/// so that the step itself never waits.
/// <code>
/// own schemas ──(1) Prepare──► ids                         before anything is written
/// batch ──(2) Resolve──► schema per id, checked            before the step reads a record
/// record ──(3) RecordReader──► body in our schema          inside the step, from memory
/// </code>
/// </summary>
/// <remarks>Safe for all threads.</remarks>
/// <param name="schemas">The schemas that this service reads or writes.</param>
/// <param name="mayRegister">False = they are only looked up.</param>
public sealed class SchemaCatalog(ISchemaRegistry registry, IReadOnlyList<SchemaFile> schemas, bool mayRegister = true)
{
    /// <summary>Header of every record of ours: CRC-64-AVRO of its schema as 16 hex digits.</summary>
    public const string FingerprintHeader = "schema.fingerprint";

    /// <summary>Schemas kept by id; past it, unknown ids are forgotten first.</summary>
    public const int MaxSchemas = 1_000;

    private readonly ConcurrentDictionary<string, int> _ownIds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, WriterSchema> _writers = new();
    private readonly Lock _preparing = new();
    private volatile string? _trouble = "the schemas are not registered yet";
    private volatile bool _isPrepared;

    /// <summary>For <see cref="Health"/>: ready once our schemas have ids and the last call found the registry.</summary>
    public CheckResult Check() =>
        _trouble is not { } trouble ? CheckResult.Ok : _isPrepared ? CheckResult.Warning(trouble) : CheckResult.NotReady(trouble);

    /// <summary>Our own schemas' ids, from registering them or looking them up. Cheap once done.</summary>
    /// <returns>False when the registry cannot be reached now: try again later.</returns>
    /// <exception cref="ServiceStopException">The registry refuses a schema or does not let us in.</exception>
    public bool Prepare(CancellationToken stop)
    {
        if (_isPrepared) return true;
        lock (_preparing)
        {
            foreach (var schema in schemas)
            {
                if (_ownIds.ContainsKey(schema.Subject)) continue;
                var answer = mayRegister ? registry.Register(schema.Subject, schema.Json, stop) : registry.LookUp(schema.Subject, schema.Json, stop);
                if (answer.Outcome == RegistryOutcome.Unreachable) return Miss(answer.Message);
                if (!answer.IsOk) throw new ServiceStopException(answer.Message!);
                _writers[answer.Value] = new WriterSchema(answer.Value, schema.Json, schema.Fingerprint);
                _ownIds[schema.Subject] = answer.Value;
            }

            _trouble = null;
            _isPrepared = true;
            return true;
        }
    }

    /// <summary>Id of one of our own schemas, after <see cref="Prepare"/> said yes.</summary>
    public int IdOf(string subject) =>
        _ownIds.TryGetValue(subject, out var id) ? id : throw new InvalidOperationException($"no id of {subject}: Prepare comes first");

    /// <summary>Brings in the schema of every record of the batch.</summary>
    /// <returns>False when the registry cannot be reached now: read the batch again later; nothing may be dead-lettered.</returns>
    /// <exception cref="ServiceStopException">The registry gives an id another schema than the one a record was written with.</exception>
    public bool Resolve(RecordBatch batch, CancellationToken stop)
    {
        if (!Prepare(stop)) return false;
        WriterSchema? last = null;
        foreach (var record in batch.Records)
        {
            // What has no frame is found malformed by the reader.
            if (!ConfluentFrame.TryRead(record.Value.Span, out var id, out _)) continue;
            if (last?.Id != id)
            {
                last = _writers.TryGetValue(id, out var known) ? known : Fetch(id, stop);
                if (last is null) return false;
            }

            CheckFingerprint(record, last);
        }

        return true;
    }

    internal WriterSchema? Find(int id) => _writers.GetValueOrDefault(id);

    private WriterSchema? Fetch(int id, CancellationToken stop)
    {
        var answer = registry.ReadSchema(id, stop);
        if (answer.Outcome == RegistryOutcome.NotFound && !KnowsOurs(stop)) return null;
        if (answer.Outcome is RegistryOutcome.Unreachable or RegistryOutcome.Unauthorized or RegistryOutcome.Refused)
        {
            Miss(answer.Message);
            return null;
        }

        _trouble = null;
        if (_writers.Count >= MaxSchemas) ForgetUnknown();
        var fetched = answer.IsOk && SchemaFingerprint.TryOf(answer.Value!, out var fingerprint, out _)
            ? new WriterSchema(id, answer.Value, fingerprint)
            : new WriterSchema(id, answer.Value, 0);
        return _writers[id] = fetched;
    }

    /// <summary>A 404 is a verdict only from a registry that has our own latest schemas: an empty or wrong one has nothing.</summary>
    private bool KnowsOurs(CancellationToken stop)
    {
        foreach (var schema in schemas)
        {
            var id = IdOf(schema.Subject);
            var answer = registry.ReadSchema(id, stop);
            if (answer.IsOk && SchemaFingerprint.TryOf(answer.Value!, out var fingerprint, out _) && fingerprint == schema.Fingerprint) continue;
            return Miss(answer.Message ?? $"the registry has another schema than ours, {schema.Subject}, under id {id}; check Registry:Url");
        }

        return true;
    }

    private void ForgetUnknown()
    {
        foreach (var (id, writer) in _writers)
            if (writer.IsUnknown) _writers.TryRemove(id, out _);
    }

    private bool Miss(string? why)
    {
        RegistryMetrics.Unreachable.Add(1);
        _trouble = why ?? "the registry cannot be reached";
        return false;
    }

    private static void CheckFingerprint(LogRecord record, WriterSchema writer)
    {
        if (writer.IsUnknown) return;
        foreach (var header in record.Headers)
        {
            if (header.Name != FingerprintHeader) continue;
            if (header.Value.Span.SequenceEqual(writer.FingerprintText)) return;
            var written = Encoding.ASCII.GetString(header.Value.Span[..Math.Min(writer.FingerprintText.Length, header.Value.Length)]);
            throw new ServiceStopException(
                $"{record.Source} offset {record.Offset} was written with schema {written}, but the registry gives schema {writer.Fingerprint:x16} "
                + $"for its id {writer.Id}; point Registry:Url at the registry that the records were written with");
        }
    }
}

/// <summary>The schema behind one id, and how its records become ours.</summary>
/// <param name="Json">Null when the registry does not know the id.</param>
/// <param name="Fingerprint">0 when the schema cannot be read.</param>
internal sealed record WriterSchema(int Id, string? Json, ulong Fingerprint)
{
    private readonly ConcurrentDictionary<ulong, SchemaTranscoder?> _transcoders = new();

    public bool IsUnknown => Json is null;

    public byte[] FingerprintText { get; } = TextOf(Fingerprint);

    /// <returns>Null when the two schemas are not compatible.</returns>
    public SchemaTranscoder? TranscoderTo(string readerJson, ulong readerFingerprint) =>
        _transcoders.GetOrAdd(readerFingerprint, static (_, pair) =>
            SchemaTranscoder.TryCompile(pair.Json!, pair.readerJson, out var transcoder, out var _) ? transcoder : null, (Json, readerJson));

    public static byte[] TextOf(ulong fingerprint) => Encoding.ASCII.GetBytes(fingerprint.ToString("x16", CultureInfo.InvariantCulture));
}
