using System.Buffers.Text;
using System.Net;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.GatewayEdge.Attribution;

namespace Pipeline.GatewayEdge.Tests.Attribution;

/// <summary>Signs tokens as an issuer does, and as a forger would.</summary>
internal sealed class TestIssuer : IDisposable
{
    public const string Name = "https://issuer.example";
    public const string Audience = "gateway";

    public static readonly DateTimeOffset Now = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string KeyId { get; init; } = "k1";

    public static JwtOptions Options(IdentityDemand mode = IdentityDemand.Required, string? keysFile = null, Uri? keysUrl = null, ClaimOptions? claims = null, string header = "Authorization") => new()
    {
        Mode = mode, KeysFile = keysFile, KeysUrl = keysUrl, Issuers = [Name], Audiences = [Audience], Claims = claims ?? new ClaimOptions { Team = "team" }, Header = header,
    };

    /// <summary>The key set as it is published: one RSA and one elliptic key.</summary>
    public string Jwks(params JsonObject[] more) => new JsonObject
    {
        ["keys"] = new JsonArray([RsaKey(), CurveKey(), .. more]),
    }.ToJsonString();

    public JwtKeySet Keys() => JwtKeySet.Read(Encoding.UTF8.GetBytes(Jwks()), out _)!;

    public static JsonObject Claims(Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = Name, ["aud"] = Audience, ["exp"] = Now.AddHours(1).ToUnixTimeSeconds(), ["team"] = "search",
        };
        change?.Invoke(claims);
        return claims;
    }

    public string Token(string algorithm = "RS256", JsonObject? claims = null, Action<JsonObject>? header = null)
    {
        var head = new JsonObject { ["alg"] = algorithm, ["kid"] = algorithm[0] == 'E' ? KeyId + "e" : KeyId };
        header?.Invoke(head);
        var signed = $"{Encode(head)}.{Encode(claims ?? Claims())}";
        return $"{signed}.{Base64Url.EncodeToString(Sign(algorithm, Encoding.ASCII.GetBytes(signed)))}";
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _curve.Dispose();
    }

    private byte[] Sign(string algorithm, byte[] signed) => algorithm switch
    {
        "RS256" => _rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
        "RS512" => _rsa.SignData(signed, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
        "PS256" => _rsa.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
        "ES256" => _curve.SignData(signed, HashAlgorithmName.SHA256),
        // The forger's trick: the public key, which everybody has, as a shared secret.
        "HS256" => HMACSHA256.HashData(_rsa.ExportSubjectPublicKeyInfo(), signed),
        _ => [],
    };

    private JsonObject RsaKey()
    {
        var key = _rsa.ExportParameters(false);
        return new JsonObject { ["kty"] = "RSA", ["kid"] = KeyId, ["use"] = "sig", ["n"] = Base64Url.EncodeToString(key.Modulus), ["e"] = Base64Url.EncodeToString(key.Exponent) };
    }

    private JsonObject CurveKey()
    {
        var key = _curve.ExportParameters(false);
        return new JsonObject
        {
            ["kty"] = "EC", ["kid"] = KeyId + "e", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(key.Q.X), ["y"] = Base64Url.EncodeToString(key.Q.Y),
        };
    }

    private static string Encode(JsonObject part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}

/// <summary>Answers key fetches with what it is told, and counts them.</summary>
internal sealed class KeyAnswers : HttpMessageHandler
{
    public int Fetches { get; private set; }

    public Func<HttpResponseMessage> Answer { get; set; } = static () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);

    public void Give(string json) => Answer = () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(json) };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Fetches++;
        return Task.FromResult(Answer());
    }
}
