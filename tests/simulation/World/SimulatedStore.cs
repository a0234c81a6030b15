using System.Text.Json;
using Pipeline.EsSink.Indexing;

namespace Pipeline.Simulation.Tests.World;

/// <param name="NetTotalText">The document's own decimal string; null where it has none.</param>
internal sealed record StoredDocument(string Index, long Version, string? NetTotalText);

/// <summary>The document store: indices that must be made first, and documents with external versions.</summary>
internal sealed class SimulatedStore
{
    private readonly HashSet<string> _indices = new(StringComparer.Ordinal);

    public Dictionary<Guid, StoredDocument> Documents { get; } = [];

    /// <summary>Events whose documents are refused for what they are.</summary>
    public HashSet<Guid> Unstorable { get; } = [];

    public void Create(string index) => _indices.Add(index);

    /// <summary>Retention: the index and its documents go.</summary>
    public void DeleteBefore(DateOnly oldest)
    {
        foreach (var index in _indices.Where(index => DayOf(index) < oldest).Order(StringComparer.Ordinal).ToArray())
        {
            _indices.Remove(index);
            foreach (var (id, _) in Documents.Where(one => one.Value.Index == index).ToArray()) Documents.Remove(id);
        }
    }

    public ItemReply Put(in BulkItem item)
    {
        var (index, id, version, netTotal) = Parse(item.Lines.Span);
        Require(index == item.Index && id == item.Usage.EventId && version == item.Usage.Revision, id);
        if (!_indices.Contains(index)) return new ItemReply(ItemVerdict.IndexMissing, "index_not_found_exception");
        if (Unstorable.Contains(id)) return new ItemReply(ItemVerdict.Refused, "document_parsing_exception");
        if (Documents.TryGetValue(id, out var known))
        {
            if (known.Index != index) throw new ViolationException("one document per event", $"{id} in {known.Index} and in {index}");
            if (known.Version == version && known.NetTotalText != netTotal) throw new ViolationException("a replay writes the same document", $"{id}: {known.NetTotalText}, then {netTotal}");
            if (known.Version >= version) return new ItemReply(ItemVerdict.AlreadyThere);
        }

        Documents[id] = new StoredDocument(index, version, netTotal);
        return new ItemReply(ItemVerdict.Stored);
    }

    public static DateOnly DayOf(string index) => DateOnly.ParseExact(index["llm-usage-".Length..], "yyyy.MM.dd");

    private static (string Index, Guid Id, long Version, string? NetTotal) Parse(ReadOnlySpan<byte> lines)
    {
        var end = lines.IndexOf((byte)'\n');
        var action = new Utf8JsonReader(lines[..end]);
        string index = "", id = "";
        var version = 0L;
        while (action.Read())
        {
            if (action.TokenType != JsonTokenType.PropertyName) continue;
            if (action.ValueTextEquals("_index") && action.Read()) index = action.GetString()!;
            else if (action.ValueTextEquals("_id") && action.Read()) id = action.GetString()!;
            else if (action.ValueTextEquals("version") && action.Read()) version = action.GetInt64();
        }

        return (index, Guid.Parse(id), version, NetTotalOf(lines[(end + 1)..]));
    }

    private static string? NetTotalOf(ReadOnlySpan<byte> document)
    {
        var reader = new Utf8JsonReader(document);
        var (inCost, depth) = (false, 0);
        while (reader.Read())
        {
            if (inCost && reader.TokenType == JsonTokenType.EndObject && reader.CurrentDepth == depth) inCost = false;
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (reader.ValueTextEquals("cost")) (inCost, depth) = (true, reader.CurrentDepth);
            else if (inCost && reader.ValueTextEquals("net_total_decimal") && reader.Read()) return reader.GetString();
        }

        return null;
    }

    private static void Require(bool holds, Guid id)
    {
        if (!holds) throw new ViolationException("a document says what its event says", id.ToString());
    }
}
