using System.Security.Cryptography;
using System.Text;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

/// <summary>The C# of docs/budgets.md, so that it compiles; a test compares the two.</summary>
internal static class ReceiverSnippet
{
    public static bool Check(byte[] receivedKey, string receivedId, string receivedTimestamp, byte[] receivedBody, string receivedSignature)
    {
        return IsSigned(receivedKey, receivedId, receivedTimestamp, receivedBody, receivedSignature);

static bool IsSigned(byte[] key, string id, string timestamp, byte[] body, string signature)
{
    if (!long.TryParse(timestamp, out var seconds) || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > 300) return false;
    byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
    var hash = HMACSHA256.HashData(key, signed);
    return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes("v1," + Convert.ToBase64String(hash)), Encoding.ASCII.GetBytes(signature));
}
    }
}
