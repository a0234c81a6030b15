using System.Text;
using System.Text.Json;
using Pipeline.Schemas.Avro;

namespace Pipeline.Schemas.Resolution;

/// <summary>Encodes a default as the schema's JSON gives it.</summary>
internal static class DefaultValue
{
    private const int MaxDepth = 32;

    /// <returns>Null when the default does not fit the type.</returns>
    public static byte[]? Encode(JsonElement value, AvroSchema schema)
    {
        using var writer = new AvroWriter(256);
        return TryWrite(writer, value, schema, 0) ? writer.WrittenSpan.ToArray() : null;
    }

    private static bool TryWrite(AvroWriter writer, JsonElement value, AvroSchema schema, int depth)
    {
        if (depth > MaxDepth) return false;
        switch (schema.Type)
        {
            case AvroType.Null:
                return value.ValueKind == JsonValueKind.Null;
            case AvroType.Boolean when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(value.GetBoolean());
                return true;
            case AvroType.Int when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number):
                writer.WriteInt(number);
                return true;
            case AvroType.Long when value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number):
                writer.WriteLong(number);
                return true;
            case AvroType.Float when value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number):
                writer.WriteFloat(number);
                return true;
            case AvroType.Double when value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number):
                writer.WriteDouble(number);
                return true;
            case AvroType.String when value.ValueKind == JsonValueKind.String:
                writer.WriteString(value.GetString()!);
                return true;
            case AvroType.Bytes or AvroType.Fixed when value.ValueKind == JsonValueKind.String:
                return TryWriteBytes(writer, value.GetString()!, schema);
            case AvroType.Enum when value.ValueKind == JsonValueKind.String:
                var symbol = schema.Symbols.ToList().IndexOf(value.GetString()!);
                if (symbol >= 0) writer.WriteInt(symbol);
                return symbol >= 0;
            case AvroType.Array when value.ValueKind == JsonValueKind.Array:
                return TryWriteItems(writer, [.. value.EnumerateArray().Select(item => ((string?)null, item))], schema.Element!, depth);
            case AvroType.Map when value.ValueKind == JsonValueKind.Object:
                return TryWriteItems(writer, [.. value.EnumerateObject().Select(item => ((string?)item.Name, item.Value))], schema.Element!, depth);
            case AvroType.Record when value.ValueKind == JsonValueKind.Object:
                return schema.Fields.All(field => (value.TryGetProperty(field.Name, out var inner) || field.Default is not null)
                    && TryWrite(writer, inner.ValueKind == JsonValueKind.Undefined ? field.Default!.Value : inner, field.Schema, depth + 1));
            case AvroType.Union:
                return TryWriteBranch(writer, value, schema, depth);
            default:
                return false;
        }
    }

    /// <summary>Bytes stand in JSON as characters 0 to 255.</summary>
    private static bool TryWriteBytes(AvroWriter writer, string text, AvroSchema schema)
    {
        if (text.Any(c => c > 0xff) || (schema.Type == AvroType.Fixed && text.Length != schema.Size)) return false;
        var bytes = Encoding.Latin1.GetBytes(text);
        if (schema.Type == AvroType.Bytes) writer.WriteBytes(bytes);
        else writer.WriteRaw(bytes);
        return true;
    }

    private static bool TryWriteItems(AvroWriter writer, IReadOnlyList<(string? Key, JsonElement Value)> items, AvroSchema element, int depth)
    {
        if (items.Count > 0) writer.WriteInt(items.Count);
        foreach (var (key, value) in items)
        {
            if (key is not null) writer.WriteString(key);
            if (!TryWrite(writer, value, element, depth + 1)) return false;
        }

        writer.WriteInt(0);
        return true;
    }

    /// <summary>The first branch that fits; older Avro allows the first branch only, which is then the one that fits.</summary>
    private static bool TryWriteBranch(AvroWriter writer, JsonElement value, AvroSchema schema, int depth)
    {
        for (var i = 0; i < schema.Branches.Count; i++)
        {
            using var branch = new AvroWriter(256);
            if (!TryWrite(branch, value, schema.Branches[i], depth + 1)) continue;
            writer.WriteInt(i);
            writer.WriteRaw(branch.WrittenSpan);
            return true;
        }

        return false;
    }
}
