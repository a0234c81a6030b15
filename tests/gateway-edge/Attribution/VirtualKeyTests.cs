using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.Runtime.Hosting;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

public sealed class VirtualKeyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("virtual-keys-");
    private readonly string _key = KeyText.New();

    private string File => Path.Combine(_folder.FullName, "keys.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Find_ByItsHash_OnlyTheKeyItself()
    {
        Write($$"""{"keys":[{"id":"search","hash":"{{KeyText.HashText(_key)}}","attribution":{"team":"search","tags":{"cost":"c1"} } }]}""");

        var found = Open().Keys!.Find(_key);

        Assert.Equal(("search", "search", "c1"), (found!.Id, found.Attribution.Team, found.Attribution.Tags["cost"]));
        Assert.Null(Open().Keys!.Find(_key.AsSpan(0, _key.Length - 1)));
        Assert.Null(Open().Keys!.Find(_key + "x"));
        Assert.Null(Open().Keys!.Find(""));
        Assert.Null(Open().Keys!.Find(new string('k', 10_000)));
        Assert.Equal("search", found.ToString());
    }

    [Fact]
    public void Check_DisabledExpiredOrElsewhere_SaysWhich()
    {
        var at = TestIssuer.Now;
        Write($$"""
            {"keys":[
              {"id":"a","hash":"{{Hash("a")}}","disabled":true},
              {"id":"b","hash":"{{Hash("b")}}","expires_at":"2026-11-21T00:00:00Z"},
              {"id":"c","hash":"{{Hash("c")}}","upstreams":["openai"]},]} // as people write it
            """);
        var keys = Open().Keys!;

        Assert.Equal(IdentityFault.KeyDisabled, keys.Find("a")!.Check("openai", at));
        Assert.Equal(IdentityFault.KeyExpired, keys.Find("b")!.Check("openai", at));
        Assert.Equal(IdentityFault.None, keys.Find("b")!.Check("openai", at.AddTicks(-1)));
        Assert.Equal(IdentityFault.KeyNotForUpstream, keys.Find("c")!.Check("anthropic", at));
        Assert.Equal(IdentityFault.None, keys.Find("c")!.Check("OpenAI", at));
    }

    [Fact]
    public void Credentials_ByFile_OwnBeforeShared_AreReadAgainWhenTheyChange()
    {
        System.IO.File.WriteAllText(Path.Combine(_folder.FullName, "shared"), "sk-shared\n");
        System.IO.File.WriteAllText(Path.Combine(_folder.FullName, "own"), "sk-own");
        Write($$"""
            {"credentials":{"openai":{"file":"shared"} },
             "keys":[{"id":"a","hash":"{{Hash("a")}}"},{"id":"b","hash":"{{Hash("b")}}","credentials":{"openai":{"file":"own"} } }]}
            """);
        var file = Open();
        Assert.Equal(("sk-shared", "sk-own"), (file.Keys!.Find("a")!.Credentials["openai"], file.Keys.Find("b")!.Credentials["openai"]));

        System.IO.File.WriteAllText(Path.Combine(_folder.FullName, "shared"), "sk-rotated");
        file.Refresh();

        Assert.Equal("sk-rotated", file.Keys.Find("a")!.Credentials["openai"]);
    }

    [Fact]
    public void Refresh_BrokenFile_KeepsTheKeysAndSaysWhy()
    {
        Write($$"""{"keys":[{"id":"a","hash":"{{Hash("a")}}"}]}""");
        var file = Open();
        var before = file.Keys;
        file.Refresh();
        Assert.Same(before, file.Keys);

        Write("""{"keys":[{"id":"a","hash":"sk-secret-pasted-by-mistake"}]}""");
        file.Refresh();

        Assert.Same(before, file.Keys);
        Assert.Equal(CheckStatus.Warning, file.Check().Status);
        Assert.Contains("keys[0].hash", file.Check().Message);
        Assert.DoesNotContain("pasted", file.Check().Message);

        Write("""{"keys":[]}""");
        file.Refresh();
        Assert.Equal((0, CheckStatus.Ok), (file.Keys!.Count, file.Check().Status));
    }

    [Theory]
    [InlineData("""{"keys":[{"id":"a","hash":"H"},{"id":"a","hash":"I"}]}""", "keys[1].id")]
    [InlineData("""{"keys":[{"id":"a","hash":"H"},{"id":"b","hash":"H"}]}""", "keys[1].hash")]
    [InlineData("""{"keys":[{"id":"a b","hash":"H"}]}""", "keys[0].id")]
    [InlineData("""{"keys":[{"id":"a","hash":"H","secret":"sk-x"}]}""", "$.keys[0].secret")]
    [InlineData("""{"keys":[{"id":"a","hash":"H","attribution":{"team":""}}]}""", "keys[0].attribution.team")]
    [InlineData("""{"keys":[{"id":"a","hash":"H","attribution":{"tags":{"a b":"1"}}}]}""", "keys[0].attribution.tags")]
    [InlineData("""{"keys":[{"id":"a","hash":"H","credentials":{"openai":{"file":"missing"}}}]}""", "keys[0].credentials.openai")]
    [InlineData("""{"keys":[{"id":"a","hash":"H","credentials":{"openai":{"env":"NOT_SET_ANYWHERE"}}}]}""", "keys[0].credentials.openai")]
    [InlineData("""{"keys":[{"id":"a","hash":"H","credentials":{"openai":{}}}]}""", "keys[0].credentials.openai")]
    [InlineData("""{"keys":[null]}""", "keys[0]")]
    [InlineData("""{"keys":{}}""", "$.keys")]
    [InlineData("""not json""", "line 1")]
    public void File_WithAMistake_IsRefusedNamingItsPlace(string json, string place)
    {
        Write(json.Replace("\"H\"", $"\"{Hash("h")}\"").Replace("\"I\"", $"\"{Hash("i")}\""));

        Assert.Null(VirtualKeyFile.Read(File, out var problem));
        Assert.Contains(place, problem);
        Assert.DoesNotContain("sk-x", problem);
    }

    [Fact]
    public void KeyCommand_New_PrintsAKeyAndItsHash()
    {
        var (output, errors) = (new StringWriter(), new StringWriter());

        Assert.Equal(0, KeyProgram.Run(["new"], TextReader.Null, output, errors));

        var lines = output.ToString().Split('\n');
        Assert.StartsWith("key  " + KeyText.Prefix, lines[0]);
        Assert.Equal("hash " + KeyText.HashText(lines[0][5..].Trim()), lines[1].Trim());
    }

    [Theory]
    [InlineData("a-key-of-thirty-random-characters\n", 0)]
    [InlineData("short", 2)]
    [InlineData("", 2)]
    public void KeyCommand_Hash_TakesOnlyWhatCanServe(string input, int expected)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());

        Assert.Equal(expected, KeyProgram.Run(["hash"], new StringReader(input), output, errors));
        Assert.Equal(expected == 0 ? KeyText.HashText(input.Trim()) : "", output.ToString().Trim());
    }

    private static string Hash(string key) => KeyText.HashText(key);

    private void Write(string json) => System.IO.File.WriteAllText(File, json);

    private VirtualKeyFile Open() => new(File, NullLogger.Instance);
}
