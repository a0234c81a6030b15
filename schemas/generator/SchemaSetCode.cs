namespace Pipeline.Schemas.Generator;

/// <summary>The list of all schema files.</summary>
internal static class SchemaSetCode
{
    public static string Of(IReadOnlyList<Subject> subjects)
    {
        var code = new CodeText().Header().Summary("All schema files, by the record that each describes.").Open("public static class SchemaSet");
        foreach (var subject in subjects)
        {
            var topic = subject.Name[..^"-value".Length];
            code.Line($"public static SchemaFile {subject.Schema.SimpleName} {{ get; }} =");
            code.Line($"    new(\"{subject.Name}\", \"{topic}\", SchemaFile.Load(\"{subject.Name}\"), 0x{subject.Fingerprint:x16});").Line();
        }

        var names = string.Join(", ", subjects.Select(subject => subject.Schema.SimpleName));
        code.Line($"public static IReadOnlyList<SchemaFile> All {{ get; }} = [{names}];");
        return code.Close().ToString();
    }
}
