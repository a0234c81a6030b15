using Pipeline.Schemas.Resolution;

namespace Pipeline.Schemas.Generator;

/// <summary>How a schema's names and types become C#; what the rule does not cover is refused, not guessed.</summary>
internal static class MappingRule
{
    public const int MaxDecimalPrecision = 28;

    /// <summary>`cache_write_5m` becomes `CacheWrite5m`.</summary>
    public static string PascalCase(string name) =>
        string.Concat(name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    public static bool IsNullable(AvroSchema schema) => schema.Type == AvroType.Union;

    /// <summary>The T of ["null", T], else the schema itself.</summary>
    public static AvroSchema Present(AvroSchema schema) => IsNullable(schema) ? schema.Branches[1] : schema;

    public static string TypeOf(AvroSchema schema) => schema switch
    {
        { Type: AvroType.Union } => TypeOf(Present(schema)) + "?",
        { Type: AvroType.Array } => $"IReadOnlyList<{TypeOf(schema.Element!)}>",
        { Type: AvroType.Map } => $"IReadOnlyDictionary<string, {TypeOf(schema.Element!)}>",
        { Type: AvroType.Record or AvroType.Enum } => schema.SimpleName,
        { Type: AvroType.String, LogicalType: "uuid" } => "Guid",
        { Type: AvroType.String } => "string",
        { Type: AvroType.Bytes, LogicalType: "decimal" } => "decimal",
        { Type: AvroType.Long, LogicalType: "timestamp-micros" } => "DateTimeOffset",
        { Type: AvroType.Long } => "long",
        { Type: AvroType.Int } => "int",
        { Type: AvroType.Double } => "double",
        { Type: AvroType.Boolean } => "bool",
        _ => throw new InvalidOperationException($"No C# type for {schema.Type}."),
    };

    /// <returns>What is wrong, naming the field; null when the record can be generated.</returns>
    public static string? Check(AvroSchema record, AvroSchema? parent)
    {
        if (record.Extends is not null)
        {
            if (parent is null) return $"{record.SimpleName} extends {record.Extends}, which is in no file";
            if (parent.Fields.Count >= record.Fields.Count) return $"{record.SimpleName} adds nothing to {parent.SimpleName}";
            for (var i = 0; i < parent.Fields.Count; i++)
            {
                if (!IsSame(parent.Fields[i], record.Fields[i]))
                    return $"{record.SimpleName}.{record.Fields[i].Name} differs from {parent.SimpleName}.{parent.Fields[i].Name}: " +
                        $"the first fields must be those of {parent.SimpleName}";
            }
        }

        return record.Fields.Select(field => CheckType(field.Schema) is { } problem ? $"{record.SimpleName}.{field.Name}: {problem}" : null)
            .FirstOrDefault(problem => problem is not null);
    }

    private static bool IsSame(AvroField one, AvroField other) =>
        one.Name == other.Name && one.Doc == other.Doc && one.Default?.GetRawText() == other.Default?.GetRawText()
        && TypeOf(one.Schema) == TypeOf(other.Schema) && CanonicalForm.Of(one.Schema) == CanonicalForm.Of(other.Schema);

    private static string? CheckType(AvroSchema schema) => schema switch
    {
        { Type: AvroType.Union } when schema.Branches.Count != 2 || schema.Branches[0].Type != AvroType.Null => "a union is [\"null\", T]",
        { Type: AvroType.Union } when Present(schema).Type is AvroType.Array or AvroType.Map => "an array or map is empty, not null",
        { Type: AvroType.Union } => CheckType(Present(schema)),
        { Type: AvroType.Array, Element.Type: AvroType.Union or AvroType.Array or AvroType.Map } => "an array holds plain values or records",
        { Type: AvroType.Map, Element.Type: AvroType.Union or AvroType.Array or AvroType.Map or AvroType.Record } => "a map holds plain values",
        { Type: AvroType.Array or AvroType.Map } => CheckType(schema.Element!),
        { Type: AvroType.Bytes } when schema.LogicalType is null => "bytes are decimals",
        { LogicalType: "decimal", Precision: > MaxDecimalPrecision } => $"a decimal has at most {MaxDecimalPrecision} digits",
        { Type: AvroType.Float or AvroType.Fixed or AvroType.Null } => $"{schema.Type} has no C# type here",
        { Type: AvroType.Enum } when schema.Symbols[0] != "unknown" || schema.EnumDefault != "unknown" => "an enum begins with its default, unknown",
        _ => null,
    };
}
