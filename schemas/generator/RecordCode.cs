using Pipeline.Schemas.Resolution;
using static Pipeline.Schemas.Generator.MappingRule;

namespace Pipeline.Schemas.Generator;

/// <summary>A record with its codec.</summary>
internal static class RecordCode
{
    /// <param name="parent">The record that this one extends.</param>
    /// <param name="isExtended">Another record extends this one.</param>
    /// <param name="subject">The subject whose top record this is.</param>
    public static string Of(AvroSchema record, AvroSchema? parent, bool isExtended, Subject? subject)
    {
        var name = record.SimpleName;
        List<string> bases = [];
        if (parent is not null) bases.Add(parent.SimpleName);
        if (subject is not null) bases.Add($"IAvroRecord<{name}>");
        var own = parent is null ? record.Fields : record.Fields.Skip(parent.Fields.Count).ToList();

        string[] usings = parent is null ? ["Pipeline.Schemas.Avro"] : ["System.Diagnostics.CodeAnalysis", "Pipeline.Schemas.Avro"];
        var code = new CodeText().Header(usings).Summary(record.Doc);
        code.Open($"public {(isExtended ? "" : "sealed ")}record {name}{(bases.Count == 0 ? "" : " : " + string.Join(", ", bases))}");
        if (parent is not null) WriteExtension(code, name, parent, own);
        foreach (var field in own) WriteProperty(code, field);
        if (subject is not null) WriteIdentity(code, name, parent is not null);
        WriteRead(code, record, parent is not null);
        WriteWrite(code, own, parent is not null, isExtended);
        return code.Close().ToString();
    }

    private static void WriteExtension(CodeText code, string name, AvroSchema parent, IReadOnlyList<AvroField> own)
    {
        var required = own.Where(field => field.Default is null).ToList();
        var parameters = required.Select(field => $"{TypeOf(field.Schema)} {CamelCase(field.Name)}").Prepend($"{parent.SimpleName} original");
        code.Open($"public {name}()").Close().Line();
        code.Summary($"All of {parent.SimpleName}, and what is added to it.").Line("[SetsRequiredMembers]");
        code.Line($"public {name}({string.Join(", ", parameters)})").Open("    : base(original)");
        foreach (var field in required) code.Line($"{PascalCase(field.Name)} = {CamelCase(field.Name)};");
        code.Close().Line();
    }

    private static string CamelCase(string name) => char.ToLowerInvariant(name[0]) + PascalCase(name)[1..];

    private static void WriteProperty(CodeText code, AvroField field)
    {
        var required = field.Default is null ? "required " : "";
        code.Summary(field.Doc).Line($"public {required}{TypeOf(field.Schema)} {PascalCase(field.Name)} {{ get; init; }}{DefaultOf(field)}").Line();
    }

    private static string DefaultOf(AvroField field)
    {
        if (field.Default is not { } value || IsNullable(field.Schema)) return "";
        return field.Schema switch
        {
            { Type: AvroType.Array } => " = [];",
            { Type: AvroType.Map } => $" = System.Collections.ObjectModel.ReadOnlyDictionary<string, {TypeOf(field.Schema.Element!)}>.Empty;",
            { Type: AvroType.Enum } => value.GetString() == "unknown" ? "" : $" = {field.Schema.SimpleName}.{PascalCase(value.GetString()!)};",
            { LogicalType: "decimal" } when value.GetString() == "\0" => "",
            { Type: AvroType.Int or AvroType.Long or AvroType.Boolean or AvroType.Double } when value.GetRawText() is "0" or "false" => "",
            { LogicalType: null, Type: AvroType.Int or AvroType.Long or AvroType.Boolean or AvroType.Double } => $" = {value.GetRawText()};",
            { LogicalType: null, Type: AvroType.String } => $" = {value.GetRawText()};",
            _ => throw new InvalidOperationException($"No C# default for {field.Name}."),
        };
    }

    private static void WriteIdentity(CodeText code, string name, bool isNew)
    {
        var modifier = isNew ? "public static new" : "public static";
        code.Line($"{modifier} string Subject => SchemaSet.{name}.Subject;").Line();
        code.Line($"{modifier} string SchemaJson => SchemaSet.{name}.Json;").Line();
        code.Line($"{modifier} ulong Fingerprint => SchemaSet.{name}.Fingerprint;").Line();
    }

    private static void WriteRead(CodeText code, AvroSchema record, bool isNew)
    {
        code.Open($"public static {(isNew ? "new " : "")}{record.SimpleName} Read(ref AvroReader reader) => new()");
        foreach (var field in record.Fields) code.Line($"{PascalCase(field.Name)} = {FieldCode.Read(field.Schema, "reader")},");
        code.Close("};").Line();
    }

    private static void WriteWrite(CodeText code, IReadOnlyList<AvroField> own, bool isExtension, bool isExtended)
    {
        if (isExtension)
        {
            code.Open("public override void Write(AvroWriter writer)").Line("base.Write(writer);").Line("WriteAdded(writer);").Close().Line();
            code.Summary("Only the added fields: appended to the encoded record that this one extends, they make this record's encoding.");
            code.Open("public void WriteAdded(AvroWriter writer)");
        }
        else
        {
            code.Open($"public {(isExtended ? "virtual " : "")}void Write(AvroWriter writer)");
        }

        foreach (var field in own) FieldCode.Write(code, field);
        code.Close();
    }
}
