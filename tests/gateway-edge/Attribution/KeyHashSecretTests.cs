using Pipeline.GatewayEdge.Attribution;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

public sealed class KeyHashSecretTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_NoneGiven_MakesOneForTheOwnerOnlyAndKeepsIt()
    {
        var spool = Path.Combine(_folder, "spool");

        var first = KeyHashSecret.Read(null, spool, out var problem);
        var second = KeyHashSecret.Read(null, spool, out _);

        Assert.Null(problem);
        Assert.Equal(32, first!.Length);
        Assert.Equal(first, second);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(spool, KeyHashSecret.FileName)));
    }

    [Fact]
    public void Read_ShortFile_IsRefusedWithoutShowingIt()
    {
        var file = Path.Combine(_folder, "secret");
        File.WriteAllText(file, "tiny-secret");

        Assert.Null(KeyHashSecret.Read(file, _folder, out var problem));
        Assert.Contains("16", problem);
        Assert.DoesNotContain("tiny", problem);
    }
}
