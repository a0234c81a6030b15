using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Transforming;

namespace Pipeline.Runtime.DeadLetters;

/// <summary>
/// A dead letter as it is written: topic `&lt;source topic&gt;.dead-letter`, the original key, bytes and headers, and what became
/// of it in headers of its own, all text. Of other systems' records only the latter, with length and hash.
/// </summary>
public static class DeadLetterRecord
{
    public const string Reason = "dl.reason";
    public const string Message = "dl.message";
    public const string Stage = "dl.stage";
    public const string Topic = "dl.topic";
    public const string Partition = "dl.partition";
    public const string Offset = "dl.offset";
    public const string Time = "dl.time";

    /// <summary>SHA-256 of the record's value, 64 hex digits; only where the bytes themselves are not kept.</summary>
    public const string Sha256 = "dl.sha256";

    /// <summary>Bytes of the record's value; only where they are not kept.</summary>
    public const string Bytes = "dl.bytes";

    public const int MaxMessageChars = 512;

    private const string Prefix = "dl.";

    /// <param name="at">When it was given up; header `dl.time`, ISO 8601 in UTC.</param>
    /// <param name="holdsBytes">False = key, value and headers are left out.</param>
    public static NewRecord Of(in DeadLetter deadLetter, DateTimeOffset at, bool holdsBytes = true)
    {
        var source = deadLetter.Source;
        var headers = new List<RecordHeader>(source.Headers.Count + 9);
        // A redriven record that dies again says only where and why it died last.
        foreach (var header in source.Headers)
            if (holdsBytes && !header.Name.StartsWith(Prefix, StringComparison.Ordinal)) headers.Add(header);

        Add(headers, Reason, NameOf(deadLetter.Reason));
        Add(headers, Message, deadLetter.Message.Length <= MaxMessageChars ? deadLetter.Message : deadLetter.Message[..MaxMessageChars]);
        Add(headers, Stage, deadLetter.Stage);
        Add(headers, Topic, source.Source.Topic);
        Add(headers, Partition, source.Source.Partition.ToString(CultureInfo.InvariantCulture));
        Add(headers, Offset, source.Offset.ToString(CultureInfo.InvariantCulture));
        Add(headers, Time, at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        var topic = Topics.DeadLetter(source.Source.Topic);
        if (holdsBytes) return new NewRecord(topic, source.Key, source.Value, Headers: headers);
        Add(headers, Sha256, Convert.ToHexStringLower(SHA256.HashData(source.Value.Span)));
        Add(headers, Bytes, source.Value.Length.ToString(CultureInfo.InvariantCulture));
        return new NewRecord(topic, default, default, Headers: headers);
    }

    /// <summary>The reason's name in headers and metrics.</summary>
    public static string NameOf(DeadLetterReason reason) => reason switch
    {
        DeadLetterReason.Malformed => "malformed",
        DeadLetterReason.UnknownSchema => "unknown_schema",
        DeadLetterReason.IncompatibleSchema => "incompatible_schema",
        DeadLetterReason.InvalidRecord => "invalid_record",
        DeadLetterReason.TooLarge => "too_large",
        DeadLetterReason.RefusedByStore => "refused_by_store",
        DeadLetterReason.DeliveryFailed => "delivery_failed",
        DeadLetterReason.DeliveryRefused => "delivery_refused",
        DeadLetterReason.UnknownWebhook => "unknown_webhook",
        DeadLetterReason.StepFailed => "step_failed",
        _ => "unknown",
    };

    private static void Add(List<RecordHeader> headers, string name, string value) => headers.Add(new RecordHeader(name, Encoding.UTF8.GetBytes(value)));
}
