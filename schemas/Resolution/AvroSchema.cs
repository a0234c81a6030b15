using System.Text.Json;

namespace Pipeline.Schemas.Resolution;

internal enum AvroType { Null, Boolean, Int, Long, Float, Double, Bytes, String, Record, Enum, Array, Map, Union, Fixed }

/// <summary>One parsed Avro schema. Names are full names (namespace included). Recursive schemas refer to the same object.</summary>
internal sealed class AvroSchema(AvroType type)
{
    public AvroType Type { get; } = type;

    /// <summary>Full name of a record, enum or fixed; null for everything else.</summary>
    public string? Name { get; init; }

    /// <summary>Full names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    public string? Doc { get; init; }

    /// <summary>A record's fields; filled after the record's own name is known, so that fields may refer to it.</summary>
    public IReadOnlyList<AvroField> Fields { get; set; } = [];

    public IReadOnlyList<string> Symbols { get; init; } = [];
    public string? EnumDefault { get; init; }

    /// <summary>Items of an array, values of a map.</summary>
    public AvroSchema? Element { get; init; }

    public IReadOnlyList<AvroSchema> Branches { get; init; } = [];

    /// <summary>Bytes of a fixed.</summary>
    public int Size { get; init; }

    public string? LogicalType { get; init; }
    public int Precision { get; init; }
    public int Scale { get; init; }

    /// <summary>Our own attribute: the record whose fields are the first ones of this record.</summary>
    public string? Extends { get; init; }

    public bool IsDecimal => LogicalType == "decimal" && Type is (AvroType.Bytes or AvroType.Fixed);

    public string SimpleName => Name is null ? "" : Name[(Name.LastIndexOf('.') + 1)..];
}

/// <param name="Aliases">Names that this field has had in older schemas.</param>
/// <param name="Default">The default as the schema gives it, not yet encoded.</param>
internal sealed record AvroField(string Name, AvroSchema Schema, IReadOnlyList<string> Aliases, JsonElement? Default, string? Doc);
