using System.Text.Json;
using Pipeline.Schemas;

namespace Pipeline.EsSink.Rendering;

/// <summary>
/// One field of a document: its path, how Elasticsearch maps it, and where its value comes from. Mapping and rendering are
/// both made from these, so that they cannot part.
/// </summary>
internal abstract class UsageField(string path, string mapping)
{
    /// <summary>Dotted path; each part is an object in the document.</summary>
    public string Path { get; } = path;

    /// <summary>The field's mapping as JSON.</summary>
    public string Mapping { get; } = mapping;

    /// <summary>Writes the value, with its name and the objects around it, unless there is none.</summary>
    public abstract void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage);
}

internal sealed class KeywordField(string path, Func<LlmUsage, string?> value, string mapping = KeywordField.Indexed)
    : UsageField(path, mapping)
{
    public const string Indexed = """{"type":"keyword"}""";

    /// <summary>Only in the document's source.</summary>
    public const string StoredOnly = """{"type":"keyword","index":false,"doc_values":false}""";

    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        if (value(usage) is { } text) writer.Open().WriteString(name, text);
    }
}

internal sealed class UuidField(string path, Func<LlmUsage, Guid> value) : UsageField(path, KeywordField.Indexed)
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage) => writer.Open().WriteString(name, value(usage));
}

internal sealed class LongField(string path, Func<LlmUsage, long?> value) : UsageField(path, """{"type":"long"}""")
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        if (value(usage) is { } number) writer.Open().WriteNumber(name, number);
    }
}

internal sealed class DoubleField(string path, Func<LlmUsage, double?> value) : UsageField(path, """{"type":"double"}""")
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        // JSON has no NaN and no infinity.
        if (value(usage) is { } number && double.IsFinite(number)) writer.Open().WriteNumber(name, number);
    }
}

internal sealed class BooleanField(string path, Func<LlmUsage, bool?> value) : UsageField(path, """{"type":"boolean"}""")
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        if (value(usage) is { } fact) writer.Open().WriteBoolean(name, fact);
    }
}

internal sealed class DateField(string path, Func<LlmUsage, DateTimeOffset?> value) : UsageField(path, """{"type":"date"}""")
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        if (value(usage) is { } time) writer.Open().WriteString(name, time.UtcDateTime);
    }
}

/// <summary>Money for charts: as a double it can be summed, and is not exact.</summary>
internal sealed class MoneyField(string path, Func<LlmUsage, decimal?> value) : UsageField(path, """{"type":"double"}""")
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        if (value(usage) is { } amount) writer.Open().WriteNumber(name, (double)amount);
    }
}

/// <summary>Money as it is: a decimal string.</summary>
internal sealed class ExactMoneyField(string path, Func<LlmUsage, decimal?> value) : UsageField(path + Suffix, KeywordField.Indexed)
{
    public const string Suffix = "_decimal";

    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        if (value(usage) is not { } amount) return;
        writer.Open().WritePropertyName(name);
        writer.WriteDecimal(amount);
    }
}

internal sealed class KeywordsField(string path, Func<LlmUsage, IReadOnlyList<string>> values) : UsageField(path, KeywordField.Indexed)
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        var all = values(usage);
        if (all.Count == 0) return;
        writer.Open().WriteStartArray(name);
        for (var i = 0; i < all.Count; i++) writer.Json.WriteStringValue(all[i]);
        writer.Json.WriteEndArray();
    }
}

/// <summary>Names that are not known beforehand, in one `flattened` field: each value is found by its name as a keyword.</summary>
internal sealed class NamesField<T>(string path, Func<LlmUsage, IReadOnlyDictionary<string, T>?> values, Action<DocumentWriter, T> write)
    : UsageField(path, """{"type":"flattened","ignore_above":1024}""")
{
    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        if (values(usage) is not { Count: > 0 } all) return;
        writer.Open().WriteStartObject(name);
        // The concrete type's enumerator is a struct; the interface's would be an allocation per document.
        if (all is Dictionary<string, T> dictionary)
            foreach (var (key, value) in dictionary) WriteEntry(writer, key, value);
        else
            foreach (var (key, value) in all) WriteEntry(writer, key, value);
        writer.Json.WriteEndObject();
    }

    private void WriteEntry(DocumentWriter writer, string key, T value)
    {
        writer.Json.WritePropertyName(key);
        write(writer, value);
    }
}

/// <summary>The line items: in the source to be read, not indexed.</summary>
internal sealed class LineItemsField(string path) : UsageField(path, """{"type":"object","enabled":false}""")
{
    private static readonly JsonEncodedText Dimension = JsonEncodedText.Encode("dimension");
    private static readonly JsonEncodedText Quantity = JsonEncodedText.Encode("quantity");
    private static readonly JsonEncodedText Rate = JsonEncodedText.Encode("rate");
    private static readonly JsonEncodedText Per = JsonEncodedText.Encode("per");
    private static readonly JsonEncodedText Amount = JsonEncodedText.Encode("amount");
    private static readonly JsonEncodedText NetAmount = JsonEncodedText.Encode("net_amount");
    private static readonly JsonEncodedText PriceKey = JsonEncodedText.Encode("price_key");

    public override void Write(DocumentWriter writer, JsonEncodedText name, LlmUsage usage)
    {
        var items = usage.Cost.LineItems;
        if (items.Count == 0) return;
        writer.Open().WriteStartArray(name);
        for (var i = 0; i < items.Count; i++)
        {
            writer.Json.WriteStartObject();
            writer.Json.WriteString(Dimension, items[i].Dimension);
            writer.WriteDecimal(Quantity, items[i].Quantity);
            writer.WriteDecimal(Rate, items[i].Rate);
            writer.Json.WriteNumber(Per, items[i].Per);
            writer.WriteDecimal(Amount, items[i].Amount);
            writer.WriteDecimal(NetAmount, items[i].NetAmount);
            if (items[i].PriceKey is { } priceKey) writer.Json.WriteString(PriceKey, priceKey);
            writer.Json.WriteEndObject();
        }

        writer.Json.WriteEndArray();
    }
}
