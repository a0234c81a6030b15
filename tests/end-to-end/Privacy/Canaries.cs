using System.Text;

namespace Pipeline.EndToEnd.Privacy;

/// <summary>
/// Strings that are looked for afterwards, each by an id that is plain letters and digits, so that no escaping, quoting or percent-encoding
/// hides it.
/// </summary>
public sealed class Canaries
{
    public const string Secret = "secret";

    private readonly string _proseId = Guid.NewGuid().ToString("N");
    private readonly string _tokenId = Guid.NewGuid().ToString("N");
    private readonly string _secretId = Guid.NewGuid().ToString("N");
    private readonly string _controlId = Guid.NewGuid().ToString("N");

    /// <summary>Text as a person writes it: wherever it stands, nothing of it may be kept.</summary>
    public string Prose => $"keep this {_proseId} to yourself";

    /// <summary>A token that every character rule lets through: for places from which nothing may be kept.</summary>
    public string Token => "canary-" + _tokenId;

    /// <summary>An address and a key as people write them into prompts: not even captured content may have them.</summary>
    public string Secrets => $"ann.{_secretId}@example.com with sk-{_secretId}";

    /// <summary>Stands in an allow-listed tag. Where even this is not found, the search itself is broken.</summary>
    public string Control => "control-" + _controlId;

    /// <returns>What was found: prose, token, secret or nothing.</returns>
    public IEnumerable<string> In(ReadOnlyMemory<byte> bytes)
    {
        if (Has(bytes, _proseId)) yield return "prose";
        if (Has(bytes, _tokenId)) yield return "token";
        if (Has(bytes, _secretId)) yield return Secret;
    }

    public IEnumerable<string> In(string text) => In(Encoding.UTF8.GetBytes(text));

    public bool HasControl(ReadOnlyMemory<byte> bytes) => Has(bytes, _controlId);

    private static bool Has(ReadOnlyMemory<byte> bytes, string id) => bytes.Span.IndexOf(Encoding.ASCII.GetBytes(id)) >= 0;
}
