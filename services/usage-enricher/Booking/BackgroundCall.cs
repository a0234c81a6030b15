using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Pipeline.Runtime;
using Pipeline.Runtime.Log;
using Pipeline.Schemas;
using Pipeline.Schemas.Avro;
using Pipeline.UsageEnricher.Enriching;

namespace Pipeline.UsageEnricher.Booking;

/// <summary>
/// Events whose answer can be read again with its figures: they take the way by llm-usage-background, keyed by the response, so that all
/// reads of one response meet, whichever edges and enrichers saw them.
/// </summary>
internal static class BackgroundCall
{
    /// <summary>The key's algorithm: SHA-256 over provider and response id, cut to 128 bits, as 32 hex digits.</summary>
    private const string Algorithm = "response-sha256-128-v1";

    private const string Partition = "raw.partition";
    private const string Offset = "raw.offset";

    /// <summary>Append time of the raw record, microseconds since 1970 in UTC.</summary>
    private const string AppendedAt = "raw.appended_at";

    private const string Prefix = "raw.";

    /// <summary>
    /// Of a background call, with the provider's whole figures. A part or a guess would charge the response for less than it cost, and
    /// the whole figures can still be read.
    /// </summary>
    public static bool IsBookable(LLMUsageAudit call) =>
        call is { Background: true, ProviderResponseId.Length: > 0, UsageSource: UsageSource.Provider } && !CallFigures.IsMissing(call);

    /// <returns>32 hex digits: the same response of the same provider, however the call was routed.</returns>
    public static string ResponseOf(LLMUsageAudit call)
    {
        var hash = new FieldHash(Algorithm);
        hash.Add(call.Provider);
        hash.Add(call.ProviderResponseId);
        return hash.ToHex();
    }

    /// <summary>The raw record's own bytes, with where it came from in headers.</summary>
    public static NewRecord ToBook(LogRecord raw, LLMUsageAudit call)
    {
        var headers = new List<RecordHeader>(raw.Headers.Count + 3);
        foreach (var header in raw.Headers)
            if (!header.Name.StartsWith(Prefix, StringComparison.Ordinal)) headers.Add(header);
        Add(headers, Partition, raw.Source.Partition);
        Add(headers, Offset, raw.Offset);
        Add(headers, AppendedAt, TimestampMicros.Of(raw.AppendedAt));
        return new NewRecord(Topics.UsageBackground, Encoding.ASCII.GetBytes(ResponseOf(call)), raw.Value, Headers: headers);
    }

    /// <summary>The raw record as it was read.</summary>
    /// <returns>Null when the headers do not say where it was.</returns>
    public static LogRecord? ToRaw(LogRecord toBook)
    {
        if (Find(toBook, Partition) is not (>= 0 and <= int.MaxValue and var partition)) return null;
        if (Find(toBook, Offset) is not (>= 0 and var offset)) return null;
        if (Find(toBook, AppendedAt) is not { } micros || !TimestampMicros.TryConvert(micros, out var appendedAt)) return null;
        return new LogRecord(new TopicPartition(Topics.UsageRaw, (int)partition), offset, appendedAt, toBook.Key, toBook.Value, toBook.Headers);
    }

    private static long? Find(LogRecord record, string name)
    {
        foreach (var header in record.Headers)
            if (header.Name == name)
                return Utf8Parser.TryParse(header.Value.Span, out long value, out var used) && used == header.Value.Length ? value : null;
        return null;
    }

    private static void Add(List<RecordHeader> headers, string name, long value) =>
        headers.Add(new RecordHeader(name, Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture))));
}
