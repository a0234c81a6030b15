using System.Text.Json;

namespace Pipeline.Schemas.Resolution;

/// <summary>Parses an Avro schema's JSON. What is wrong with it comes back as one sentence, never as an exception.</summary>
internal sealed class SchemaParser
{
    private const int MaxSchemaChars = 1 << 20;
    private const int MaxDepth = 32;
    private const int MaxNodes = 10_000;

    private static readonly Dictionary<string, AvroType> Primitives = new()
    {
        ["null"] = AvroType.Null,
        ["boolean"] = AvroType.Boolean,
        ["int"] = AvroType.Int,
        ["long"] = AvroType.Long,
        ["float"] = AvroType.Float,
        ["double"] = AvroType.Double,
        ["bytes"] = AvroType.Bytes,
        ["string"] = AvroType.String,
    };

    private readonly Dictionary<string, AvroSchema> _named = [];
    private int _nodes;
    private string? _error;

    private SchemaParser()
    {
    }

    /// <returns>Null with the <paramref name="error"/> when the text is no Avro schema within the bounds.</returns>
    public static AvroSchema? Parse(string json, out string? error)
    {
        error = null;
        if (json.Length > MaxSchemaChars)
        {
            error = $"the schema has {json.Length} characters, more than {MaxSchemaChars}";
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 4 * MaxDepth });
            var parser = new SchemaParser();
            var schema = parser.ParseSchema(document.RootElement.Clone(), "", 0);
            error = parser._error;
            return error is null ? schema : null;
        }
        catch (JsonException)
        {
            // A registry also stores bare primitive names, which are no JSON.
            if (Primitives.TryGetValue(json.Trim(), out var primitive)) return new AvroSchema(primitive);
            error = "the schema is no JSON";
            return null;
        }
    }

    private AvroSchema ParseSchema(JsonElement element, string space, int depth)
    {
        if (depth > MaxDepth) return Fail($"the schema is nested deeper than {MaxDepth}");
        if (++_nodes > MaxNodes) return Fail($"the schema has more than {MaxNodes} parts");
        return element.ValueKind switch
        {
            JsonValueKind.String => ParseName(element.GetString()!, space),
            JsonValueKind.Array => ParseUnion(element, space, depth),
            JsonValueKind.Object => ParseObject(element, space, depth),
            _ => Fail("a schema is a name, a list or an object"),
        };
    }

    private AvroSchema ParseName(string name, string space)
    {
        if (Primitives.TryGetValue(name, out var primitive)) return new AvroSchema(primitive);
        return _named.TryGetValue(FullName(name, space), out var known) || _named.TryGetValue(name, out known)
            ? known
            : Fail($"type '{name}' is not defined before its use");
    }

    private AvroSchema ParseUnion(JsonElement element, string space, int depth)
    {
        var branches = new List<AvroSchema>();
        foreach (var branch in element.EnumerateArray())
        {
            var parsed = ParseSchema(branch, space, depth + 1);
            if (parsed.Type == AvroType.Union) return Fail("a union stands directly inside a union");
            if (branches.Any(other => other.Type == parsed.Type && other.Name == parsed.Name))
                return Fail($"a union names {parsed.Name ?? parsed.Type.ToString()} twice");
            branches.Add(parsed);
        }

        return new AvroSchema(AvroType.Union) { Branches = branches };
    }

    private AvroSchema ParseObject(JsonElement element, string space, int depth)
    {
        if (!element.TryGetProperty("type", out var type)) return Fail("a schema object has no type");
        if (type.ValueKind != JsonValueKind.String) return ParseSchema(type, space, depth + 1);

        var name = type.GetString()!;
        if (Primitives.TryGetValue(name, out var primitive)) return WithLogicalType(element, primitive);
        return name switch
        {
            "record" or "error" => ParseRecord(element, space, depth),
            "enum" => ParseEnum(element, space),
            "fixed" => ParseFixed(element, space),
            "array" => new AvroSchema(AvroType.Array) { Element = ParseMember(element, "items", space, depth) },
            "map" => new AvroSchema(AvroType.Map) { Element = ParseMember(element, "values", space, depth) },
            _ => ParseName(name, space),
        };
    }

    private AvroSchema ParseMember(JsonElement element, string member, string space, int depth) =>
        element.TryGetProperty(member, out var inner)
            ? ParseSchema(inner, space, depth + 1)
            : Fail($"an array or map has no {member}");

    private AvroSchema ParseRecord(JsonElement element, string space, int depth)
    {
        var (name, inner) = ReadName(element, space);
        var record = new AvroSchema(AvroType.Record)
        {
            Name = name,
            Aliases = ReadAliases(element).ConvertAll(alias => FullName(alias, inner)),
            Doc = Text(element, "doc"),
            Extends = Text(element, "extends"),
        };
        Define(record);
        if (!element.TryGetProperty("fields", out var fields) || fields.ValueKind != JsonValueKind.Array)
            return Fail($"record {name} has no fields");

        var parsed = new List<AvroField>();
        foreach (var field in fields.EnumerateArray())
        {
            var fieldName = Text(field, "name");
            if (!IsName(fieldName)) return Fail($"record {name} has a field without a valid name");
            if (parsed.Exists(other => other.Name == fieldName)) return Fail($"record {name} has two fields {fieldName}");
            if (!field.TryGetProperty("type", out var type)) return Fail($"field {name}.{fieldName} has no type");
            JsonElement? defaultValue = field.TryGetProperty("default", out var found) ? found : null;
            var schema = ParseSchema(type, inner, depth + 1);
            if (schema.LogicalType is null && type.ValueKind == JsonValueKind.String && field.TryGetProperty("logicalType", out _))
                return Fail($"field {name}.{fieldName} has its logicalType beside the type instead of inside it");
            parsed.Add(new AvroField(fieldName!, schema, ReadAliases(field), defaultValue, Text(field, "doc")));
        }

        record.Fields = parsed;
        return record;
    }

    private AvroSchema ParseEnum(JsonElement element, string space)
    {
        var (name, inner) = ReadName(element, space);
        if (!element.TryGetProperty("symbols", out var symbols) || symbols.ValueKind != JsonValueKind.Array)
            return Fail($"enum {name} has no symbols");

        var names = symbols.EnumerateArray().Select(symbol => symbol.ValueKind == JsonValueKind.String ? symbol.GetString()! : "").ToList();
        if (names.Exists(symbol => !IsName(symbol)) || names.Distinct().Count() != names.Count)
            return Fail($"enum {name} has a symbol that is no name, or one twice");
        var defaultSymbol = Text(element, "default");
        if (defaultSymbol is not null && !names.Contains(defaultSymbol)) return Fail($"enum {name} has a default that is none of its symbols");
        return Define(new AvroSchema(AvroType.Enum)
        {
            Name = name,
            Aliases = ReadAliases(element).ConvertAll(alias => FullName(alias, inner)),
            Symbols = names,
            EnumDefault = defaultSymbol,
            Doc = Text(element, "doc"),
        });
    }

    private AvroSchema ParseFixed(JsonElement element, string space)
    {
        const int MaxFixedBytes = 1 << 16;
        var (name, inner) = ReadName(element, space);
        if (!TryNumber(element, "size", out var size) || size is < 0 or > MaxFixedBytes)
            return Fail($"fixed {name} has no size from 0 to {MaxFixedBytes}");
        var logical = WithLogicalType(element, AvroType.Fixed);
        return Define(new AvroSchema(AvroType.Fixed)
        {
            Name = name,
            Aliases = ReadAliases(element).ConvertAll(alias => FullName(alias, inner)),
            Size = size,
            LogicalType = logical.LogicalType,
            Precision = logical.Precision,
            Scale = logical.Scale,
        });
    }

    /// <summary>Avro's rule: a logical type that is unknown or not valid for its type is ignored.</summary>
    private static AvroSchema WithLogicalType(JsonElement element, AvroType type)
    {
        var logical = Text(element, "logicalType");
        var isValid = (logical, type) switch
        {
            ("decimal", AvroType.Bytes or AvroType.Fixed) => true,
            ("uuid", AvroType.String or AvroType.Fixed) => true,
            ("date" or "time-millis", AvroType.Int) => true,
            ("time-micros" or "timestamp-millis" or "timestamp-micros" or "timestamp-nanos", AvroType.Long) => true,
            ("local-timestamp-millis" or "local-timestamp-micros" or "local-timestamp-nanos", AvroType.Long) => true,
            _ => false,
        };
        if (!isValid) return new AvroSchema(type);
        if (logical != "decimal") return new AvroSchema(type) { LogicalType = logical };

        var hasPrecision = TryNumber(element, "precision", out var precision);
        var scale = TryNumber(element, "scale", out var given) ? given : 0;
        return hasPrecision && precision > 0 && scale >= 0 && scale <= precision
            ? new AvroSchema(type) { LogicalType = logical, Precision = precision, Scale = scale }
            : new AvroSchema(type);
    }

    private AvroSchema Define(AvroSchema schema)
    {
        if (!_named.TryAdd(schema.Name!, schema)) return Fail($"type {schema.Name} is defined twice");
        return schema;
    }

    private (string FullName, string Space) ReadName(JsonElement element, string space)
    {
        var name = Text(element, "name");
        var own = Text(element, "namespace") ?? space;
        if (name is null || !name.Split('.').All(IsName))
        {
            Fail("a record, enum or fixed has no valid name");
            return ("", space);
        }

        var full = FullName(name, own);
        var dot = full.LastIndexOf('.');
        return (full, dot < 0 ? "" : full[..dot]);
    }

    private static List<string> ReadAliases(JsonElement element) =>
        element.TryGetProperty("aliases", out var aliases) && aliases.ValueKind == JsonValueKind.Array
            ? [.. aliases.EnumerateArray().Where(alias => alias.ValueKind == JsonValueKind.String).Select(alias => alias.GetString()!)]
            : [];

    private static string FullName(string name, string space) => space.Length == 0 || name.Contains('.') ? name : space + "." + name;

    private static string? Text(JsonElement element, string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static bool TryNumber(JsonElement element, string member, out int number)
    {
        number = 0;
        return element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number);
    }

    private static bool IsName(string? name) =>
        name is { Length: > 0 and <= 256 } && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private AvroSchema Fail(string error)
    {
        _error ??= error;
        return new AvroSchema(AvroType.Null);
    }
}
