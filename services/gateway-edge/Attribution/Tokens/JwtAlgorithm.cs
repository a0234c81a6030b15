using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// The signatures that can be allowed (RFC 7518 section 3). Shared secrets (HS…) and `none` are not here and so cannot be allowed: a public
/// key taken for a shared secret is how tokens are forged.
/// </summary>
/// <param name="Padding">Null = an elliptic curve.</param>
/// <param name="Curve">JWK's name of the curve.</param>
internal sealed record JwtAlgorithm(string Name, HashAlgorithmName Hash, RSASignaturePadding? Padding, string? Curve)
{
    private static readonly FrozenDictionary<string, JwtAlgorithm> All = new JwtAlgorithm[]
    {
        new("RS256", HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1, null),
        new("RS384", HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1, null),
        new("RS512", HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1, null),
        new("PS256", HashAlgorithmName.SHA256, RSASignaturePadding.Pss, null),
        new("PS384", HashAlgorithmName.SHA384, RSASignaturePadding.Pss, null),
        new("PS512", HashAlgorithmName.SHA512, RSASignaturePadding.Pss, null),
        new("ES256", HashAlgorithmName.SHA256, null, "P-256"),
        new("ES384", HashAlgorithmName.SHA384, null, "P-384"),
        new("ES512", HashAlgorithmName.SHA512, null, "P-521"),
    }.ToFrozenDictionary(static algorithm => algorithm.Name, StringComparer.Ordinal);

    public static IEnumerable<string> Names => All.Keys.Order(StringComparer.Ordinal);

    public static bool IsKnown(string name) => All.ContainsKey(name);

    /// <summary>Case matters: `rs256` is no algorithm.</summary>
    public static JwtAlgorithm? Of(string name) => All.GetValueOrDefault(name);
}
