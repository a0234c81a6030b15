using System.Buffers.Binary;
using System.Text;
using Pipeline.Runtime.Segments;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>
/// An epoch's first record: which epoch came before and how far it was recovered, and the schema that this epoch's events are
/// written with, so that a newer edge can ship what an older one left.
/// </summary>
/// <remarks>In a file of its own, because the epoch's first segment is deleted once it is shipped and the schema is needed to the end.</remarks>
/// <param name="Previous">All zeros = none.</param>
/// <param name="PreviousLastSequence">-1 = it began no attempt.</param>
/// <param name="Fingerprint">CRC-64-AVRO of the schema.</param>
internal sealed record EpochRecord(Guid SpoolId, Guid Epoch, Guid Previous, long PreviousLastSequence, ulong Fingerprint, string SchemaJson)
{
    private const string FileName = "epoch";
    private const byte Version = 1;
    private const int FixedBytes = 1 + 16 + 16 + 16 + 8 + 8;

    public static EpochRecord Now(Guid spoolId, Guid epoch, Guid previous, long previousLastSequence) =>
        new(spoolId, epoch, previous, previousLastSequence, LLMUsageAudit.Fingerprint, LLMUsageAudit.SchemaJson);

    public DiskOutcome Write(ISegmentDisk folder)
    {
        var schema = Encoding.UTF8.GetBytes(SchemaJson);
        var bytes = new byte[FixedBytes + schema.Length];
        bytes[0] = Version;
        SpoolId.TryWriteBytes(bytes.AsSpan(1), bigEndian: true, out _);
        Epoch.TryWriteBytes(bytes.AsSpan(17), bigEndian: true, out _);
        Previous.TryWriteBytes(bytes.AsSpan(33), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(49), PreviousLastSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(57), Fingerprint);
        schema.CopyTo(bytes.AsSpan(FixedBytes));
        return SmallFile.Write(folder, FileName, bytes, isDurable: true);
    }

    /// <returns>Null when it is missing or damaged.</returns>
    /// <exception cref="IOException">The disk does not give what it holds.</exception>
    public static EpochRecord? Read(ISegmentDisk folder)
    {
        if (SmallFile.Read(folder, FileName) is not { Length: > FixedBytes } bytes || bytes[0] != Version) return null;
        return new EpochRecord(
            new Guid(bytes.AsSpan(1, 16), bigEndian: true),
            new Guid(bytes.AsSpan(17, 16), bigEndian: true),
            new Guid(bytes.AsSpan(33, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(49)),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(57)),
            Encoding.UTF8.GetString(bytes.AsSpan(FixedBytes)));
    }
}
