using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.EsSink.Indexing;

/// <summary>Compares documents with what the store has under their ids. Pure.</summary>
internal static class DocumentComparison
{
    /// <summary>Body of a `_mget`.</summary>
    public static byte[] RequestOf(IReadOnlyList<BulkItem> items)
    {
        var docs = new JsonArray();
        foreach (var item in items) docs.Add(new JsonObject { ["_index"] = item.Index, ["_id"] = item.Usage.EventId.ToString() });
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["docs"] = docs });
    }

    /// <summary>Documents that are there with the item's own revision and are not the same JSON. A newer revision is no difference.</summary>
    public static int CountDivergent(IReadOnlyList<BulkItem> items, ReadOnlyMemory<byte> reply)
    {
        try
        {
            using var found = JsonDocument.Parse(reply);
            if (!found.RootElement.TryGetProperty("docs", out var docs) || docs.GetArrayLength() != items.Count) return 0;
            var divergent = 0;
            for (var i = 0; i < items.Count; i++)
            {
                if (!docs[i].TryGetProperty("_version", out var version) || version.GetInt64() != items[i].Usage.Revision) continue;
                if (!docs[i].TryGetProperty("_source", out var source)) continue;
                using var ours = JsonDocument.Parse(DocumentOf(items[i]));
                if (!JsonElement.DeepEquals(source, ours.RootElement)) divergent++;
            }

            return divergent;
        }
        catch (JsonException)
        {
            return 0;
        }
    }

    private static ReadOnlyMemory<byte> DocumentOf(BulkItem item) => item.Lines[(item.Lines.Span.IndexOf((byte)'\n') + 1)..];
}
