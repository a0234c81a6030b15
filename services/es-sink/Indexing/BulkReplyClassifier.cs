using System.Text.Json;

namespace Pipeline.EsSink.Indexing;

/// <summary>
/// From Elasticsearch's answer to a `_bulk` request to a verdict per item. Pure. Statuses and error types are those of
/// Elasticsearch 8 and 9; an error's `reason` may quote the document and is therefore never passed on.
/// </summary>
internal static class BulkReplyClassifier
{
    /// <summary>Of a 200: the item's own status and error decide.</summary>
    public static BulkReply OfBody(ReadOnlySpan<byte> body, int itemCount)
    {
        var items = new List<ItemReply>(itemCount);
        try
        {
            var reader = new Utf8JsonReader(body);
            if (!MoveToItems(ref reader)) return BulkReply.Failed(RequestVerdict.Retry, "the reply has no items");
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) items.Add(ReadItem(ref reader));
        }
        catch (JsonException)
        {
            return BulkReply.Failed(RequestVerdict.Retry, "the reply is cut off or no JSON");
        }

        return items.Count == itemCount
            ? BulkReply.Answered(items)
            : BulkReply.Failed(RequestVerdict.Retry, $"the reply has {items.Count} items for {itemCount}");
    }

    /// <summary>Of every other answer.</summary>
    public static BulkReply OfStatus(int status, ReadOnlySpan<byte> body)
    {
        var type = ErrorTypeOf(body);
        var reason = type is null ? $"HTTP {status}" : $"HTTP {status} {type}";
        return BulkReply.Failed(status switch
        {
            401 or 403 => RequestVerdict.Unauthorized,
            413 => RequestVerdict.TooLarge,
            429 => RequestVerdict.Throttled,
            // Whatever a 400 objects to is in what we sent, except a header that no smaller request would change.
            400 when type != "media_type_header_exception" => RequestVerdict.Refused,
            _ => RequestVerdict.Retry,
        }, reason);
    }

    public static ItemReply Judge(int status, string? errorType, string? field)
    {
        if (errorType is null && status is >= 200 and < 300) return new ItemReply(ItemVerdict.Stored);
        var reason = (errorType ?? $"status {status}") + (field is null ? "" : $" at {field}");
        return new ItemReply(VerdictOf(status, errorType), reason);
    }

    private static ItemVerdict VerdictOf(int status, string? errorType) => (status, errorType) switch
    {
        (409, _) => ItemVerdict.AlreadyThere,
        (404, "index_not_found_exception") => ItemVerdict.IndexMissing,
        // A full disk also answers 429, and no smaller request would help it.
        (429, "cluster_block_exception") => ItemVerdict.Retry,
        (429, _) => ItemVerdict.Throttled,
        (404 or 401 or 403 or 408, _) => ItemVerdict.Retry,
        // The state of the index, not of the document.
        (400, "index_closed_exception" or "cluster_block_exception" or "illegal_state_exception") => ItemVerdict.Retry,
        ( >= 400 and < 500, _) => ItemVerdict.Refused,
        _ => ItemVerdict.Retry,
    };

    private static bool MoveToItems(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isItems = reader.ValueTextEquals("items"u8);
            reader.Read();
            if (isItems) return reader.TokenType == JsonTokenType.StartArray;
            reader.Skip();
        }

        return false;
    }

    /// <summary>`{"index":{"status":400,"error":{"type":…,"reason":…}}}`.</summary>
    private static ItemReply ReadItem(ref Utf8JsonReader reader)
    {
        var status = 0;
        string? type = null;
        string? field = null;
        var hasError = false;
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        reader.Read();
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("status"u8))
            {
                reader.Read();
                status = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("error"u8))
            {
                reader.Read();
                hasError = true;
                ReadError(ref reader, ref type, ref field);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        reader.Read();
        return Judge(status, hasError ? type ?? "unnamed_error" : null, field);
    }

    private static void ReadError(ref Utf8JsonReader reader, ref string? type, ref string? field)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            var isReason = reader.ValueTextEquals("reason"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String) type = Token(reader.GetString());
            else if (isReason && reader.TokenType == JsonTokenType.String) field = FieldIn(reader.GetString()!);
            else reader.Skip();
        }
    }

    private static string? ErrorTypeOf(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("type"u8)) continue;
                reader.Read();
                return reader.TokenType == JsonTokenType.String ? Token(reader.GetString()) : null;
            }
        }
        catch (JsonException)
        {
            // A proxy's page: the status alone has to do.
        }

        return null;
    }

    /// <summary>The name after "field [": a name of ours, so only what looks like one is kept.</summary>
    private static string? FieldIn(string reason)
    {
        const string Marker = "field [";
        var start = reason.IndexOf(Marker, StringComparison.Ordinal);
        if (start < 0) return null;
        start += Marker.Length;
        var end = reason.IndexOf(']', start);
        return end < 0 ? null : Token(reason[start..end]);
    }

    private static string? Token(string? text)
    {
        const int MaxChars = 64;
        return text is { Length: > 0 and <= MaxChars } && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '@') ? text : null;
    }
}
