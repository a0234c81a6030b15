using System.Text;

namespace Pipeline.BudgetWatcher.Rules;

/// <summary>Reads one entry of `webhooks`, its secret included. The secret's content is in no message.</summary>
/// <param name="folder">Where relative secret files are looked for: the folder of the budgets file.</param>
internal sealed class WebhookReader(string folder, FileProblems problems)
{
    /// <summary>Shorter keys can be guessed from one signature.</summary>
    public const int MinSecretBytes = 16;

    public const int MaxSecretBytes = 4 * 1024;

    /// <summary>How Standard Webhooks marks a key that is written in base64.</summary>
    private const string Base64Prefix = "whsec_";

    private static readonly string[] Members = ["url", "secretFile", "allowHttp"];

    public Webhook? Read(YamlMember member)
    {
        var isNamed = BudgetReader.IsName(member.Key, problems);
        if (MemberReader.Map(member.Value, problems, "{url: https://alerts.example.com/budgets, secretFile: ops.secret}") is not { } map) return null;
        var members = new MemberReader(map, problems, Members);
        var mayBePlain = members.FindText("allowHttp") is { } allowed && ReadFlag(allowed);
        var url = members.RequireText("url", "give the address that takes the alerts") is { } address ? ReadUrl(address, mayBePlain) : null;
        var secret = members.RequireText("secretFile", "name a file with the key of the signature") is { } file ? ReadSecret(file) : null;
        return isNamed && url is not null && secret is not null ? new Webhook(member.Name, url, secret) : null;
    }

    private bool ReadFlag(YamlScalar text)
    {
        if (text.Text is not ("true" or "false")) problems.Add(text, $"'{text.Text}' must be true or false");
        return text.Text == "true";
    }

    /// <summary>An address may carry a token in its path or query, so that messages do not repeat it.</summary>
    private Uri? ReadUrl(YamlScalar text, bool mayBePlain)
    {
        if (!Uri.TryCreate(text.Text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0)
            problems.Add(text, "must be an absolute https address, such as https://alerts.example.com/budgets");
        else if (url.UserInfo.Length > 0) problems.Add(text, "must not hold user or password; the signature tells the receiver who calls");
        else if (url.Fragment.Length > 0) problems.Add(text, "must not hold a fragment: it is never sent");
        else if (url.Scheme == "http" && !url.IsLoopback && !mayBePlain)
            problems.Add(text, "is not https: alerts could be read on the way; use https, or allowHttp: true inside a network that you trust");
        else return url;
        return null;
    }

    private byte[]? ReadSecret(YamlScalar text)
    {
        var path = Path.GetFullPath(text.Text, folder);
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxSecretBytes) problems.Add(text, $"secret file '{path}' is over {MaxSecretBytes} bytes; it is probably not the secret");
            else if (KeyOf(File.ReadAllBytes(path)) is not { } key) problems.Add(text, $"secret file '{path}' begins with {Base64Prefix}, but the rest is not base64");
            else if (key.Length < MinSecretBytes) problems.Add(text, $"secret file '{path}' holds {(key.Length == 0 ? "nothing" : "a key that is too short")}; "
                + $"give at least {MinSecretBytes} random bytes, such as openssl rand -hex 32 makes");
            else return key;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            var why = error is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read";
            problems.Add(text, $"secret file '{path}' {why}; give a path that this process can read, relative to the budgets file");
        }

        return null;
    }

    private static byte[]? KeyOf(byte[] content)
    {
        var text = content.AsSpan();
        // Editors and echo add one line break.
        if (text.EndsWith("\n"u8)) text = text[..^1];
        if (text.EndsWith("\r"u8)) text = text[..^1];
        if (!text.StartsWith(Encoding.ASCII.GetBytes(Base64Prefix))) return text.ToArray();
        try
        {
            return Convert.FromBase64String(Encoding.ASCII.GetString(text[Base64Prefix.Length..]));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
