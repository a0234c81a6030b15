using System.Buffers.Binary;
using Pipeline.Schemas.Avro;

namespace Pipeline.Schemas.Wire;

/// <summary>Confluent's wire format: a zero byte, the schema's id as 4 bytes big-endian, the Avro body.</summary>
public static class ConfluentFrame
{
    public const int HeaderBytes = 5;
    private const byte Magic = 0;

    /// <summary>False when the bytes are shorter than the header or do not begin with the zero byte.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out int schemaId, out ReadOnlySpan<byte> body)
    {
        schemaId = 0;
        body = default;
        if (frame.Length < HeaderBytes || frame[0] != Magic) return false;
        schemaId = BinaryPrimitives.ReadInt32BigEndian(frame[1..]);
        body = frame[HeaderBytes..];
        return true;
    }

    public static void WriteHeader(AvroWriter writer, int schemaId)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        header[0] = Magic;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], schemaId);
        writer.WriteRaw(header);
    }

    /// <summary>Begins the writer anew with the whole frame of a record.</summary>
    public static void Write<T>(AvroWriter writer, int schemaId, T record)
        where T : IAvroRecord<T>
    {
        writer.Reset();
        WriteHeader(writer, schemaId);
        record.Write(writer);
    }
}
