using System.Security.Cryptography;
using System.Text;

namespace Pipeline.UsageEnricher.JsonLines;

/// <summary>Names a set of data files by its content: equal bytes under equal names, in this order, have equal versions.</summary>
internal static class DataVersion
{
    private const int Length = 32;

    /// <returns>First 32 hex digits of a SHA-256.</returns>
    public static string Of(IEnumerable<string> names, Func<string, byte[]> read)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in names)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData([0]);
            hash.AppendData(read(name));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..Length];
    }
}
