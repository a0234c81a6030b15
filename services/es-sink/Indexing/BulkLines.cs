using System.Buffers;
using System.Globalization;
using Pipeline.EsSink.Rendering;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Indexing;

/// <summary>
/// The action line and the document of every item of a batch, rendered once into one buffer; requests are slices of it.
/// </summary>
internal sealed class BulkLines : IDisposable
{
    private const int MaxActionBytes = 256;
    private const int UuidChars = 36;

    private readonly DocumentBuffer _buffer = new();
    private readonly UsageDocument _document;
    private readonly Dictionary<DateOnly, string> _indexNames = [];

    public BulkLines() => _document = new UsageDocument(_buffer);

    public void Reset() => _buffer.Reset();

    public void Append(IndexingItem item, LlmUsage usage)
    {
        item.Usage = usage;
        item.Day = DayIndex.DayOf(usage.EventTime);
        item.Index = IndexOf(item.Day);
        item.Start = _buffer.Length;
        AppendAction(item.Index, usage);
        _document.Append(usage);
        _buffer.Write("\n"u8);
        item.Length = _buffer.Length - item.Start;
    }

    public BulkItem ItemOf(IndexingItem item) => item.ToBulkItem(_buffer);

    public void Dispose()
    {
        _document.Dispose();
        _buffer.Dispose();
    }

    /// <summary>External version = revision: a higher one replaces, an equal or lower one is answered 409.</summary>
    private void AppendAction(string index, LlmUsage usage)
    {
        var target = _buffer.GetSpan(MaxActionBytes);
        var length = 0;
        length += Put("{\"index\":{\"_index\":\""u8, target);
        length += System.Text.Encoding.ASCII.GetBytes(index, target[length..]);
        length += Put("\",\"_id\":\""u8, target[length..]);
        usage.EventId.TryFormat(target[length..], out _);
        length += UuidChars;
        length += Put("\",\"version_type\":\"external\",\"version\":"u8, target[length..]);
        usage.Revision.TryFormat(target[length..], out var digits, default, CultureInfo.InvariantCulture);
        length += digits;
        length += Put("}}\n"u8, target[length..]);
        _buffer.Advance(length);
    }

    private static int Put(ReadOnlySpan<byte> text, Span<byte> target)
    {
        text.CopyTo(target);
        return text.Length;
    }

    private string IndexOf(DateOnly day)
    {
        const int MaxNames = 1_000;
        if (_indexNames.TryGetValue(day, out var name)) return name;
        if (_indexNames.Count >= MaxNames) _indexNames.Clear();
        return _indexNames[day] = DayIndex.NameOf(day);
    }
}
