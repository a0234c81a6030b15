using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>
/// AWS Signature Version 4 as AWS publishes it, for signing a request and for checking one as it arrived: canonical request, string to
/// sign, derived key. Services other than S3 encode the path once more.
/// </summary>
internal static class SignatureV4
{
    public const string KeyId = "AKIDEXAMPLE";
    public const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <param name="target">Path and query as they are sent.</param>
    /// <param name="headers">All that are signed, host and x-amz-date among them.</param>
    /// <param name="scope">date/region/service/aws4_request.</param>
    public static string Sign(string method, string target, IReadOnlyDictionary<string, string> headers, byte[] body, string scope)
    {
        var names = headers.Keys.Select(static name => name.ToLowerInvariant()).Order(StringComparer.Ordinal).ToArray();
        var signature = Signature(method, target, names, headers, body, headers.Single(static header => header.Key.Equals("x-amz-date", StringComparison.OrdinalIgnoreCase)).Value, scope);
        return $"{Algorithm} Credential={KeyId}/{scope}, SignedHeaders={string.Join(';', names)}, Signature={signature}";
    }

    /// <summary>Works the signature out of what arrived, as the service would.</summary>
    public static bool IsValid(ReceivedRequest request)
    {
        var authorization = request.Header("Authorization");
        if (authorization is null) return false;
        var parts = authorization[(Algorithm.Length + 1)..].Split(',').Select(static part => part.Trim().Split('=', 2)).ToDictionary(static part => part[0], static part => part[1]);
        var names = parts["SignedHeaders"].Split(';');
        var headers = names.ToDictionary(static name => name, name => request.Header(name) ?? "", StringComparer.OrdinalIgnoreCase);
        var line = request.Line.Split(' ');
        var scope = parts["Credential"][(KeyId.Length + 1)..];
        return parts["Signature"] == Signature(line[0], line[1], names, headers, request.Body, request.Header("x-amz-date")!, scope);
    }

    private static string Signature(
        string method, string target, string[] names, IReadOnlyDictionary<string, string> headers, byte[] body, string time, string scope)
    {
        var values = new Dictionary<string, string>(headers, StringComparer.OrdinalIgnoreCase);
        var query = target.Split('?', 2);
        var canonical = string.Join(
            '\n',
            method,
            Encode(query[0], keepsSlash: true),
            query.Length == 1 ? "" : string.Join('&', query[1].Split('&').Select(static pair => pair.Contains('=') ? pair : pair + "=").Order(StringComparer.Ordinal)),
            string.Concat(names.Select(name => $"{name}:{Collapse(values[name])}\n")),
            string.Join(';', names),
            Hex(SHA256.HashData(body)));
        var toSign = $"{Algorithm}\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + Secret), static (key, part) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part)));
        return Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
    }

    private static string Collapse(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static string Encode(string path, bool keepsSlash)
    {
        var encoded = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || "-._~".Contains((char)octet) || (keepsSlash && octet == '/')) encoded.Append((char)octet);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        return encoded.ToString();
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
