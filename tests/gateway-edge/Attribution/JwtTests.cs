using System.Text;
using System.Text.Json.Nodes;
using Pipeline.GatewayEdge.Attribution;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Attribution;

public sealed class JwtTests : IDisposable
{
    private readonly TestIssuer _issuer = new();
    private readonly List<DropReason> _dropped = [];

    public void Dispose() => _issuer.Dispose();

    [Theory]
    [InlineData("RS256")]
    [InlineData("PS256")]
    [InlineData("ES256")]
    public void Token_SignedByItsIssuer_GivesItsClaims(string algorithm)
    {
        Assert.Equal(IdentityFault.None, Verify(_issuer.Token(algorithm), out var attribution));
        Assert.Equal("search", attribution!.Team);
    }

    [Fact]
    public void Token_SecondTime_IsKnownAndStillEnds()
    {
        var keys = _issuer.Keys();
        var token = Encoding.ASCII.GetBytes(_issuer.Token());

        Assert.Equal(IdentityFault.None, Verification().Verify(token, keys, TestIssuer.Now, out _));
        Assert.NotNull(keys.Verified.Find(token));
        Assert.Equal(IdentityFault.None, Verification().Verify(token, keys, TestIssuer.Now, out _));
        Assert.Equal(IdentityFault.TokenExpired, Verification().Verify(token, keys, TestIssuer.Now.AddHours(2), out var attribution));
        Assert.Null(attribution);
    }

    /// <summary>Each row breaks one thing of a token that is right otherwise.</summary>
    public static TheoryData<string, string> Broken => new()
    {
        { "alg none, no signature", "TokenAlgorithmRefused" },
        { "alg none in capitals", "TokenAlgorithmRefused" },
        { "public key as a shared secret", "TokenAlgorithmRefused" },
        { "algorithm not on the list", "TokenAlgorithmRefused" },
        { "algorithm of the other kind of key", "TokenKeyUnknown" },
        { "unknown key id", "TokenKeyUnknown" },
        { "signed by somebody else", "TokenSignatureWrong" },
        { "claims changed", "TokenSignatureWrong" },
        { "signature cut", "TokenSignatureWrong" },
        { "no signature", "TokenUnreadable" },
        { "encrypted form", "TokenUnreadable" },
        { "critical extension", "TokenUnreadable" },
        { "algorithm given twice", "TokenUnreadable" },
        { "padded base64", "TokenUnreadable" },
        { "half a character in the header", "TokenUnreadable" },
        { "too long", "TokenUnreadable" },
        { "other issuer", "TokenIssuerWrong" },
        { "no issuer", "TokenIssuerWrong" },
        { "other audience", "TokenAudienceWrong" },
        { "no audience", "TokenAudienceWrong" },
        { "expired past the skew", "TokenExpired" },
        { "no end", "TokenExpired" },
        { "end that is text", "TokenExpired" },
        { "not yet valid past the skew", "TokenNotYetValid" },
        { "expired within the skew", "None" },
        { "not yet valid within the skew", "None" },
        { "one of several audiences", "None" },
        { "no key id", "None" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Token_Table(string what, string expected) => Assert.Equal(expected, Verify(Make(what), out _).ToString());

    [Fact]
    public void Token_PublishedVector_OfRfc7515_IsVerified()
    {
        const string Keys = """{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}""";
        const string Token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
            + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
        var keys = JwtKeySet.Read(Encoding.UTF8.GetBytes(Keys), out _)!;
        var verification = new JwtVerification(new JwtOptions { Issuers = ["joe"], Audiences = ["gateway"] }, new ClaimReading(new ClaimOptions(), _dropped.Add));

        // Its signature is right: what it lacks is an audience, which is asked for only after that.
        Assert.Equal(IdentityFault.TokenAudienceWrong, verification.Verify(Encoding.ASCII.GetBytes(Token), keys, TestIssuer.Now, out _));
        Assert.Equal(IdentityFault.TokenSignatureWrong, verification.Verify(Encoding.ASCII.GetBytes(Token.Replace(".Dt", ".Du")), keys, TestIssuer.Now, out _));
    }

    [Theory]
    [InlineData("team", "search")]
    [InlineData("realm.roles.1", "writer")]
    [InlineData("realm.roles.7", null)]
    [InlineData("https://example.com/org.unit", "north")]
    [InlineData("number", "7")]
    [InlineData("realm", null)]
    [InlineData("realm.missing.deep", null)]
    [InlineData("long", null)]
    public void Claim_ByPath_IsFoundOrLeftOut(string path, string? expected)
    {
        var claims = TestIssuer.Claims(static claims =>
        {
            claims["realm"] = new JsonObject { ["roles"] = new JsonArray("reader", "writer") };
            claims["https://example.com/org"] = new JsonObject { ["unit"] = "north" };
            claims["number"] = 7;
            claims["long"] = new string('x', 129);
        });

        Verify(_issuer.Token(claims: claims), out var attribution, new ClaimOptions { Tenant = path, Tags = new Dictionary<string, string> { ["t"] = path } });

        Assert.Equal(expected, attribution!.Tenant);
        Assert.Equal(expected, attribution.Tags.GetValueOrDefault("t"));
        Assert.Equal(path == "long" ? 2 : 0, _dropped.Count(static reason => reason == DropReason.TooLong));
    }

    [Theory]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":[{"kty":"oct","k":"AAAA"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}""")]
    [InlineData("not json")]
    [InlineData("[]")]
    public void KeySet_WithoutAUsableKey_IsRefused(string json)
    {
        Assert.Null(JwtKeySet.Read(Encoding.UTF8.GetBytes(json), out var problem));
        Assert.NotEqual("", problem);
    }

    [Fact]
    public void KeySet_KeyForEncryption_IsNotUsed()
    {
        var json = JsonNode.Parse(_issuer.Jwks())!;
        foreach (var key in json["keys"]!.AsArray()) key!["use"] = "enc";

        Assert.Null(JwtKeySet.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), out _));
    }

    private string Make(string what)
    {
        using var other = new TestIssuer();
        var token = _issuer.Token();
        var parts = token.Split('.');
        return what switch
        {
            "alg none, no signature" => _issuer.Token("none"),
            "alg none in capitals" => _issuer.Token(header: static header => header["alg"] = "NONE"),
            "public key as a shared secret" => _issuer.Token("HS256"),
            "algorithm not on the list" => _issuer.Token("RS512"),
            "algorithm of the other kind of key" => _issuer.Token(header: static header => header["alg"] = "ES256"),
            "unknown key id" => _issuer.Token(header: static header => header["kid"] = "k2"),
            "signed by somebody else" => other.Token(),
            "claims changed" => $"{parts[0]}.{_issuer.Token(claims: TestIssuer.Claims(static claims => claims["team"] = "admin")).Split('.')[1]}.{parts[2]}",
            "signature cut" => $"{parts[0]}.{parts[1]}.{parts[2][..40]}",
            "no signature" => $"{parts[0]}.{parts[1]}.",
            "encrypted form" => $"{token}.{parts[1]}.{parts[2]}",
            "critical extension" => _issuer.Token(header: static header => header["crit"] = new JsonArray("b64")),
            "algorithm given twice" => $"{System.Buffers.Text.Base64Url.EncodeToString("""{"alg":"none","alg":"RS256","kid":"k1"}"""u8)}.{parts[1]}.{parts[2]}",
            "padded base64" => $"{parts[0]}==.{parts[1]}.{parts[2]}",
            "half a character in the header" => $"{System.Buffers.Text.Base64Url.EncodeToString("""{"alg":"\ud800","kid":"k1"}"""u8)}.{parts[1]}.{parts[2]}",
            "too long" => token + new string('A', JwtVerification.MaxTokenBytes),
            "other issuer" => Changed("iss", "https://other.example"),
            "no issuer" => Changed("iss", null),
            "other audience" => Changed("aud", "billing"),
            "no audience" => Changed("aud", null),
            "expired past the skew" => Changed("exp", TestIssuer.Now.AddSeconds(-60).ToUnixTimeSeconds()),
            "no end" => Changed("exp", null),
            "end that is text" => Changed("exp", "tomorrow"),
            "not yet valid past the skew" => Changed("nbf", TestIssuer.Now.AddSeconds(61).ToUnixTimeSeconds()),
            "expired within the skew" => Changed("exp", TestIssuer.Now.AddSeconds(-59).ToUnixTimeSeconds()),
            "not yet valid within the skew" => Changed("nbf", TestIssuer.Now.AddSeconds(59).ToUnixTimeSeconds()),
            "one of several audiences" => _issuer.Token(claims: TestIssuer.Claims(static claims => claims["aud"] = new JsonArray("billing", TestIssuer.Audience))),
            "no key id" => _issuer.Token(header: static header => header.Remove("kid")),
            _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
        };
    }

    private string Changed(string claim, JsonNode? value) => _issuer.Token(claims: TestIssuer.Claims(claims =>
    {
        if (value is null) claims.Remove(claim);
        else claims[claim] = value;
    }));

    private JwtVerification Verification(ClaimOptions? claims = null)
    {
        var options = TestIssuer.Options(claims: claims);
        return new JwtVerification(options, new ClaimReading(options.Claims, _dropped.Add));
    }

    private IdentityFault Verify(string token, out VouchedAttribution? attribution, ClaimOptions? claims = null) =>
        Verification(claims).Verify(Encoding.ASCII.GetBytes(token), _issuer.Keys(), TestIssuer.Now, out attribution);
}
