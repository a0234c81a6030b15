using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>One public key of an issuer (RFC 7517).</summary>
internal sealed class JwtKey
{
    private const int MinRsaBits = 2048;
    private const int MaxRsaBits = 8192;

    // The framework's key objects are not safe for two threads.
    private readonly Lock _gate = new();
    private readonly RSA? _rsa;
    private readonly ECDsa? _curve;
    private readonly string? _curveName;
    private readonly string? _algorithm;

    private JwtKey(string? id, string? algorithm, RSA? rsa, ECDsa? curve, string? curveName) =>
        (Id, _algorithm, _rsa, _curve, _curveName) = (id, algorithm, rsa, curve, curveName);

    public string? Id { get; }

    /// <returns>Null for what cannot check signatures here: shared secrets, encryption keys, other curves, short or broken keys.</returns>
    public static JwtKey? Read(JsonElement key)
    {
        if (key.ValueKind != JsonValueKind.Object) return null;
        if (Text(key, "use") is { } use && use != "sig") return null;
        if (key.TryGetProperty("key_ops", out var operations) && !IsForVerifying(operations)) return null;
        var (id, algorithm) = (Text(key, "kid"), Text(key, "alg"));
        try
        {
            if (Text(key, "kty") == "RSA" && Rsa(key) is { } rsa) return new JwtKey(id, algorithm, rsa, null, null);
            if (Text(key, "kty") == "EC" && Curve(key) is { } curve) return new JwtKey(id, algorithm, null, curve, Text(key, "crv"));
        }
        catch (Exception error) when (error is CryptographicException or FormatException)
        {
        }

        return null;
    }

    /// <summary>The key's kind is that of the algorithm, and the key was not made for another one.</summary>
    public bool Fits(JwtAlgorithm algorithm) =>
        (_algorithm is null || _algorithm == algorithm.Name)
        && (algorithm.Padding is null ? _curveName == algorithm.Curve : _rsa is not null);

    public bool Verifies(JwtAlgorithm algorithm, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> signature)
    {
        lock (_gate)
        {
            try
            {
                return algorithm.Padding is { } padding
                    ? _rsa!.VerifyData(signed, signature, algorithm.Hash, padding)
                    : _curve!.VerifyData(signed, signature, algorithm.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            }
            catch (CryptographicException)
            {
                return false;
            }
        }
    }

    private static RSA? Rsa(JsonElement key)
    {
        if (Bytes(key, "n") is not { } modulus || Bytes(key, "e") is not { } exponent) return null;
        if (modulus.Length * 8 is < MinRsaBits or > MaxRsaBits + 8) return null;
        return RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
    }

    private static ECDsa? Curve(JsonElement key)
    {
        ECCurve? curve = Text(key, "crv") switch
        {
            "P-256" => ECCurve.NamedCurves.nistP256,
            "P-384" => ECCurve.NamedCurves.nistP384,
            "P-521" => ECCurve.NamedCurves.nistP521,
            _ => null,
        };
        if (curve is null || Bytes(key, "x") is not { } x || Bytes(key, "y") is not { } y) return null;
        return ECDsa.Create(new ECParameters { Curve = curve.Value, Q = new ECPoint { X = x, Y = y } });
    }

    private static bool IsForVerifying(JsonElement operations) =>
        operations.ValueKind == JsonValueKind.Array
        && operations.EnumerateArray().Any(static operation => operation.ValueKind == JsonValueKind.String && operation.ValueEquals("verify"));

    private static string? Text(JsonElement key, string name) =>
        key.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static byte[]? Bytes(JsonElement key, string name) => Text(key, name) is { } text ? Base64Url.DecodeFromChars(text) : null;
}
