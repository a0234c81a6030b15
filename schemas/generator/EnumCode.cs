using Pipeline.Schemas.Resolution;

namespace Pipeline.Schemas.Generator;

/// <summary>An enum and its symbols as the schema spells them.</summary>
internal static class EnumCode
{
    public static string Of(AvroSchema schema)
    {
        var name = schema.SimpleName;
        var code = new CodeText().Header().Summary(schema.Doc).Open($"public enum {name}");
        foreach (var symbol in schema.Symbols) code.Line(MappingRule.PascalCase(symbol) + ",");
        code.Close().Line();

        code.Summary($"The symbols of {name} as the schema spells them.").Open($"public static class {name}Symbols");
        code.Line($"public const int Count = {schema.Symbols.Count};").Line();
        code.Open($"public static string Symbol(this {name} value) => value switch");
        foreach (var symbol in schema.Symbols.Skip(1)) code.Line($"{name}.{MappingRule.PascalCase(symbol)} => \"{symbol}\",");
        code.Line("_ => \"unknown\",").Close("};").Line();
        code.Line($"/// <returns>False for a symbol that the schema does not have; the value is then Unknown.</returns>");
        code.Open($"public static bool TryParse(string symbol, out {name} value)").Open("value = symbol switch");
        foreach (var symbol in schema.Symbols.Skip(1)) code.Line($"\"{symbol}\" => {name}.{MappingRule.PascalCase(symbol)},");
        code.Line($"_ => {name}.Unknown,").Close("};");
        return code.Line($"return value != {name}.Unknown || symbol == \"unknown\";").Close().Close().ToString();
    }
}
