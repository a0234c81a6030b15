using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.BudgetWatcher.Alerting;

/// <summary>
/// The value of `webhook-signature`: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`, so that neither body, id nor time can
/// be changed on the way. Source: Standard Webhooks specification 1.0.
/// </summary>
public static class WebhookSignature
{
    public const string IdHeader = "webhook-id";
    public const string TimestampHeader = "webhook-timestamp";
    public const string SignatureHeader = "webhook-signature";

    /// <param name="id">The value of `webhook-id`.</param>
    /// <param name="unixSeconds">The value of `webhook-timestamp`.</param>
    public static string Of(ReadOnlySpan<byte> secret, string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}.")));
        hmac.AppendData(body);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        hmac.GetHashAndReset(hash);
        return $"v1,{Convert.ToBase64String(hash)}";
    }
}
