using Pipeline.Schemas.Resolution;
using static Pipeline.Schemas.Generator.MappingRule;

namespace Pipeline.Schemas.Generator;

/// <summary>The statements that read and write one field.</summary>
internal static class FieldCode
{
    public static string Read(AvroSchema schema, string reader) => schema switch
    {
        { Type: AvroType.Union } => $"{reader}.ReadIsPresent() ? {Read(Present(schema), reader)} : null",
        { Type: AvroType.Array } => $"{reader}.ReadArray(static (ref AvroReader item) => {Read(schema.Element!, "item")})",
        { Type: AvroType.Map } => $"{reader}.ReadMap(static (ref AvroReader item) => {Read(schema.Element!, "item")})",
        { Type: AvroType.Record } => $"{schema.SimpleName}.Read(ref {reader})",
        { Type: AvroType.Enum } => $"({schema.SimpleName}){reader}.ReadEnum({schema.SimpleName}Symbols.Count)",
        { LogicalType: "decimal" } => $"{reader}.ReadDecimal({schema.Precision}, {schema.Scale})",
        _ => $"{reader}.Read{Primitive(schema)}()",
    };

    public static void Write(CodeText code, AvroField field)
    {
        var property = PascalCase(field.Name);
        var local = char.ToLowerInvariant(property[0]) + property[1..] + "Value";
        switch (field.Schema.Type)
        {
            case AvroType.Union:
                code.Open($"if ({property} is {{ }} {local})").Line("writer.WriteInt(1);").Line(WriteValue(Present(field.Schema), local)).Close();
                code.Open("else").Line("writer.WriteInt(0);").Close().Line();
                break;
            case AvroType.Array:
                code.Line($"if ({property}.Count > 0) writer.WriteInt({property}.Count);");
                code.Line($"for (var i = 0; i < {property}.Count; i++) {WriteValue(field.Schema.Element!, property + "[i]")}");
                code.Line("writer.WriteInt(0);").Line();
                break;
            case AvroType.Map:
                code.Line($"if ({property}.Count > 0) writer.WriteInt({property}.Count);");
                code.Open($"foreach (var key in writer.OrderKeys({property}))").Line("writer.WriteString(key);");
                code.Line(WriteValue(field.Schema.Element!, property + "[key]")).Close();
                code.Line("writer.WriteInt(0);").Line();
                break;
            default:
                code.Line(WriteValue(field.Schema, property));
                break;
        }
    }

    private static string WriteValue(AvroSchema schema, string value) => schema switch
    {
        { Type: AvroType.Record } => $"{value}.Write(writer);",
        { Type: AvroType.Enum } => $"writer.WriteInt((int){value});",
        { LogicalType: "decimal" } => $"writer.WriteDecimal({value}, {schema.Precision}, {schema.Scale});",
        _ => $"writer.Write{Primitive(schema)}({value});",
    };

    private static string Primitive(AvroSchema schema) => schema switch
    {
        { LogicalType: "uuid" } => "Uuid",
        { LogicalType: "timestamp-micros" } => "TimestampMicros",
        _ => schema.Type.ToString(),
    };
}
