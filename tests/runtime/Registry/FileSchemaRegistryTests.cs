using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Tests.Hosting;
using Xunit;

namespace Pipeline.Runtime.Tests.Registry;

public sealed class FileSchemaRegistryTests : IDisposable
{
    private const string First = """{"type":"record","name":"A","fields":[{"name":"x","type":"long"}]}""";
    private const string Compatible = """{"type":"record","name":"A","fields":[{"name":"x","type":"long"},{"name":"y","type":"long","default":0}]}""";
    private const string Incompatible = """{"type":"record","name":"A","fields":[{"name":"x","type":"string"}]}""";

    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "log", "schemas.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Register_ReadAgainByAnotherInstance_KeepsIds()
    {
        var first = new FileSchemaRegistry(File);
        var a = first.Register("a-value", First, CancellationToken.None).Value;
        var b = first.Register("a-value", Compatible, CancellationToken.None).Value;
        var sameSchema = first.Register("b-value", First, CancellationToken.None).Value;

        var second = new FileSchemaRegistry(File);

        Assert.Equal((1, 2, 1), (a, b, sameSchema));
        Assert.Equal(a, second.Register("a-value", First, CancellationToken.None).Value);
        Assert.Equal(b, second.LookUp("a-value", Compatible, CancellationToken.None).Value);
        Assert.Equal(Compatible, second.ReadSchema(b, CancellationToken.None).Value);
        Assert.Equal(RegistryOutcome.NotFound, second.LookUp("c-value", First, CancellationToken.None).Outcome);
        Assert.Equal(RegistryOutcome.NotFound, second.ReadSchema(99, CancellationToken.None).Outcome);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(File)!));
    }

    [Fact]
    public void Register_IncompatibleSchema_IsRefused()
    {
        var registry = new FileSchemaRegistry(null);
        registry.Register("a-value", First, CancellationToken.None);

        var refused = registry.Register("a-value", Incompatible, CancellationToken.None);

        Assert.Equal(RegistryOutcome.Refused, refused.Outcome);
        Assert.Contains("a-value", refused.Message);
    }

    [Fact]
    public void DamagedFile_IsNamed()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.WriteAllText(File, "[{\"id\":1,");

        Assert.Contains(File, Assert.Throws<InvalidDataException>(() => new FileSchemaRegistry(File)).Message);
    }
}
