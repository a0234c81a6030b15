using Pipeline.Runtime.Log;
using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;

namespace Pipeline.Runtime.Registry;

/// <summary>Makes records of one topic in the Confluent wire format. Not for use by two threads.</summary>
/// <remarks>To be used after <see cref="SchemaCatalog.Prepare"/> said yes, which <see cref="SchemaCatalog.Resolve"/> includes.</remarks>
public sealed class RecordWriter<T>(SchemaCatalog catalog) : IDisposable
    where T : class, IAvroRecord<T>
{
    private readonly AvroWriter _writer = new();

    /// <summary>To go with every record: the schema's fingerprint.</summary>
    public static IReadOnlyList<RecordHeader> Headers { get; } = [new(SchemaCatalog.FingerprintHeader, WriterSchema.TextOf(T.Fingerprint))];

    /// <returns>Magic byte, schema id, Avro body: the bytes are the caller's to keep.</returns>
    public byte[] Write(T value)
    {
        ConfluentFrame.Write(_writer, catalog.IdOf(T.Subject), value);
        return _writer.WrittenSpan.ToArray();
    }

    /// <summary>Frames a body that is already encoded with our schema.</summary>
    public byte[] Frame(ReadOnlySpan<byte> body)
    {
        _writer.Reset();
        ConfluentFrame.WriteHeader(_writer, catalog.IdOf(T.Subject));
        _writer.WriteRaw(body);
        return _writer.WrittenSpan.ToArray();
    }

    /// <summary>A record of the value, with its fingerprint header; the partition follows from the key.</summary>
    public NewRecord Record(string topic, ReadOnlyMemory<byte> key, T value, int? partition = null) =>
        new(topic, key, Write(value), partition, Headers);

    public void Dispose() => _writer.Dispose();
}
