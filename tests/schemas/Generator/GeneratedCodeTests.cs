using System.Runtime.CompilerServices;
using Pipeline.Schemas.Generator;
using Xunit;

namespace Pipeline.Schemas.Tests.Generator;

public sealed class GeneratedCodeTests
{
    [Fact]
    public void GeneratedFiles_ComparedWithTheSchemas_AreCurrent()
    {
        var folder = SchemasFolder();
        var wanted = GeneratedCode.From(folder, out var error);
        Assert.Null(error);
        var found = Directory.GetFiles(Path.Combine(folder, "Generated")).ToDictionary(path => Path.GetFileName(path)!, File.ReadAllText);
        Assert.Equal(wanted!.Keys.Order(), found.Keys.Order());
        foreach (var (name, text) in wanted)
            Assert.True(text == found[name], $"{name} is not what the schemas say; run: dotnet run --project schemas/generator");
    }

    [Fact]
    public void Generator_SameTypeDifferingBetweenFiles_IsRefused()
    {
        var error = ErrorOf(
            """{"type":"record","name":"A","namespace":"t","fields":[{"name":"s","type":{"type":"enum","name":"S","symbols":["unknown","a"],"default":"unknown"}}]}""",
            """{"type":"record","name":"B","namespace":"t","fields":[{"name":"s","type":{"type":"enum","name":"S","symbols":["unknown","b"],"default":"unknown"}}]}""");
        Assert.Contains("S is not what it is in another file", error);
    }

    [Fact]
    public void Generator_ExtensionWithOtherFirstFields_IsRefused()
    {
        var error = ErrorOf(
            """{"type":"record","name":"A","namespace":"t","fields":[{"name":"x","type":"int"}]}""",
            """{"type":"record","name":"B","namespace":"t","extends":"A","fields":[{"name":"x","type":"long"},{"name":"y","type":"int"}]}""");
        Assert.Contains("B.x differs from A.x", error);
    }

    [Theory]
    [InlineData("""["string","null"]""")]
    [InlineData("""["null","int","string"]""")]
    [InlineData("\"bytes\"")]
    [InlineData("""{"type":"enum","name":"S","symbols":["a"]}""")]
    [InlineData("""{"type":"bytes","logicalType":"decimal","precision":40,"scale":2}""")]
    public void Generator_TypeOutsideTheMappingRule_IsRefused(string type) =>
        Assert.Contains("A.x", ErrorOf($$"""{"type":"record","name":"A","namespace":"t","fields":[{"name":"x","type":{{type}}}]}"""));

    private static string? ErrorOf(params string[] schemas)
    {
        var folder = Directory.CreateTempSubdirectory("schemas-");
        try
        {
            for (var i = 0; i < schemas.Length; i++) File.WriteAllText(Path.Combine(folder.FullName, $"file{i}-value.avsc"), schemas[i]);
            Assert.Null(GeneratedCode.From(folder.FullName, out var error));
            return error;
        }
        finally
        {
            folder.Delete(true);
        }
    }

    private static string SchemasFolder([CallerFilePath] string source = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, "../../../schemas"));
}
