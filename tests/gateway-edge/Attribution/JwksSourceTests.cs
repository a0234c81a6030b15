using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Tests.Forwarding;
using Pipeline.Runtime.Hosting;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

public sealed class JwksSourceTests : IDisposable
{
    private static readonly Uri Url = new("https://issuer.example/keys");

    private readonly TestIssuer _issuer = new();
    private readonly KeyAnswers _answers = new();
    private readonly ManualTime _time = new();
    private readonly JwksSource _source;

    public JwksSourceTests() => _source = new JwksSource(TestIssuer.Options(keysUrl: Url), _time, NullLogger.Instance, _answers);

    public void Dispose()
    {
        _source.Dispose();
        _issuer.Dispose();
    }

    [Fact]
    public async Task Refresh_SameKeys_KeepsWhatWasVerified()
    {
        _answers.Give(_issuer.Jwks());
        await _source.RefreshAsync();
        var first = _source.Current;
        await _source.RefreshAsync();

        Assert.Same(first, _source.Current);
        _answers.Give(_issuer.Jwks(new System.Text.Json.Nodes.JsonObject { ["kty"] = "oct" }));
        await _source.RefreshAsync();
        Assert.NotSame(first, _source.Current);
    }

    [Fact]
    public async Task Miss_FetchesOnceInItsInterval()
    {
        _answers.Give(_issuer.Jwks());
        await _source.RefreshAsync();

        Assert.False(await _source.RefreshForMissAsync());
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.True(await _source.RefreshForMissAsync());
        Assert.False(await _source.RefreshForMissAsync());
        Assert.Equal(2, _answers.Fetches);
    }

    [Theory]
    [InlineData("away")]
    [InlineData("not keys")]
    [InlineData("too large")]
    public async Task FailedRefresh_KeepsTheKeysUntilTheyAreTooOld(string what)
    {
        _answers.Give(_issuer.Jwks());
        await _source.RefreshAsync();
        if (what == "away") _answers.Answer = static () => throw new HttpRequestException("away");
        else _answers.Give(what == "not keys" ? "<html>" : new string(' ', JwtKeySet.MaxBytes + 1));

        _time.Advance(TimeSpan.FromHours(24));
        await _source.RefreshAsync();
        Assert.NotNull(_source.Current);
        Assert.Equal(CheckStatus.Warning, _source.Check().Status);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_source.Current);
        Assert.Equal(CheckStatus.NotReady, _source.Check().Status);
    }

    [Fact]
    public async Task File_ThatIsBroken_KeepsTheKeys_AndIsToldOnceAsLongAsItStaysSo()
    {
        var folder = Directory.CreateTempSubdirectory("jwks-");
        try
        {
            var file = Path.Combine(folder.FullName, "jwks.json");
            File.WriteAllText(file, _issuer.Jwks());
            var told = new KeptLines();
            using var source = new JwksSource(TestIssuer.Options(keysFile: file), _time, told);
            await source.RefreshAsync();
            var keys = source.Current;

            File.WriteAllText(file, "{ broken");
            for (var i = 0; i < 3; i++) await source.LookAgainAsync();
            Assert.Same(keys, source.Current);
            Assert.Equal(CheckStatus.Warning, source.Check().Status);
            Assert.Single(told.All, IsNotLoaded);

            File.WriteAllText(file, _issuer.Jwks());
            await source.LookAgainAsync();
            Assert.Equal((CheckStatus.Ok, true), (source.Check().Status, ReferenceEquals(keys, source.Current)));

            File.Delete(file);
            await source.LookAgainAsync();
            Assert.Equal(2, told.All.Count(IsNotLoaded));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task File_LookedAt_DoesNotPutOffWhatAnUnknownKeyCauses()
    {
        _answers.Give(_issuer.Jwks());
        await _source.RefreshAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        await _source.LookAgainAsync();

        Assert.True(await _source.RefreshForMissAsync());
    }

    [Fact]
    public void Options_WithoutIssuerOrAudienceOverHttp_NameEachProblem()
    {
        var options = new JwtOptions { KeysUrl = new Uri("http://issuer.example/keys"), Algorithms = ["HS256"], Mode = IdentityDemand.Required };

        var members = options.Validate(new System.ComponentModel.DataAnnotations.ValidationContext(options)).SelectMany(static problem => problem.MemberNames);

        Assert.Equal(["Algorithms", "KeysUrl", "Issuers", "Audiences"], members);
    }

    private static bool IsNotLoaded(string line) => line.StartsWith("TokenKeysNotLoaded", StringComparison.Ordinal);
}
