using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>Ids that follow from what the source says: the same foreign event is the same event each time that it is delivered.</summary>
internal static class ForeignIds
{
    private const int GuidBytes = 16;

    /// <summary>A UUIDv8 of the source's own id.</summary>
    /// <param name="id">Unique within all events of the source.</param>
    public static Guid EventId(EventSource source, string id) => Of($"event\n{source.Symbol()}\n{id}");

    /// <summary>Where the foreign record stands: id of the topic, epoch of the partition, offset.</summary>
    public static EdgePosition PositionOf(LogRecord record)
    {
        var epoch = new FieldHash("import-epoch-v1");
        epoch.Add(record.Source.Topic);
        epoch.Add(record.Source.Partition.ToString(CultureInfo.InvariantCulture));
        return new EdgePosition { Id = Of($"topic\n{record.Source.Topic}"), Epoch = epoch.ToHex(), Sequence = record.Offset };
    }

    private static Guid Of(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(name), hash);
        var bytes = hash[..GuidBytes];
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x80);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
