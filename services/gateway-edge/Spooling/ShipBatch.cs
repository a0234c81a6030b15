using System.Globalization;
using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Registry;

namespace Pipeline.GatewayEdge.Spooling;

/// <summary>The records of one shipper transaction, in one buffer that is kept.</summary>
internal sealed class ShipBatch
{
    private readonly byte[] _bytes = new byte[Shipper.MaxTransactionBytes + Spool.MaxEventBytes + SpoolFrame.MaxEdgeBytes];
    private readonly List<(long Position, int Start, int Length)> _events = [];
    private readonly List<NewRecord> _records = [];
    private RecordHeader[] _headers = [];
    private ulong? _fingerprint;
    private int _used;

    public bool IsFull => _used >= Shipper.MaxTransactionBytes || _events.Count == LogTransaction.MaxRecords;

    public int Count => _events.Count;

    public void Clear()
    {
        _events.Clear();
        _used = 0;
    }

    public void Add(in SpoolFrame frame, long position, int schemaId, EpochRecord epoch)
    {
        var length = frame.WriteValue(_bytes.AsSpan(_used), schemaId, epoch.SpoolId, epoch.Epoch);
        _events.Add((position, _used, length));
        _used += length;
    }

    /// <summary>Valid until the next change of the batch.</summary>
    public IReadOnlyList<NewRecord> Records(int partition, ulong fingerprint)
    {
        if (_fingerprint != fingerprint)
        {
            _headers = [new(SchemaCatalog.FingerprintHeader, Encoding.ASCII.GetBytes(fingerprint.ToString("x16", CultureInfo.InvariantCulture)))];
            _fingerprint = fingerprint;
        }

        _records.Clear();
        foreach (var (_, start, length) in _events)
        {
            var value = _bytes.AsMemory(start, length);
            _records.Add(new NewRecord(Topics.UsageRaw, value[SpoolFrame.KeyInValue], value, partition, _headers));
        }

        return _records;
    }

    public (long Position, ReadOnlyMemory<byte> Value) this[int index] => (_events[index].Position, _bytes.AsMemory(_events[index].Start, _events[index].Length));

    /// <param name="indexes">Ascending.</param>
    public void Remove(IReadOnlyList<int> indexes)
    {
        for (var i = indexes.Count - 1; i >= 0; i--) _events.RemoveAt(indexes[i]);
    }
}
