using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pipeline.GatewayEdge.Attribution;

/// <summary>
/// Looks for virtual keys in all of a request but its body. Where keys stand, alone, behind a scheme (Bearer, Basic, …) or in Basic's name and
/// password, one that is known is the call's. Anywhere else a text that begins with our prefix can only be a mistake, and would reach the provider.
/// </summary>
internal struct KeySearch(VirtualKeySet? keys)
{
    private const string Basic = "Basic";

    private const int MaxStackChars = 1024;

    /// <summary>The first known key; null = none.</summary>
    public VirtualKey? Found { get; private set; }

    /// <summary>Some key stands where keys do.</summary>
    public bool HasAny { get; private set; }

    /// <summary>Something there begins with our prefix.</summary>
    public bool HasOurs { get; private set; }

    /// <summary>Something begins with our prefix where no key stands.</summary>
    public bool HasMisplaced { get; private set; }

    /// <param name="own">The upstream's own header for keys.</param>
    /// <param name="ended">A header that does not go on; null = there is none.</param>
    public void InHeaders(IHeaderDictionary headers, string own, string? ended)
    {
        foreach (var name in CallerCredentials.KeyHeaders) InPlace(headers, name, ended);
        var isOwnListed = CallerCredentials.IsKeyHeader(own);
        if (!isOwnListed) InPlace(headers, own, ended);
        foreach (var (name, values) in headers)
        {
            if (CallerCredentials.IsKeyHeader(name) || (!isOwnListed && Is(name, own)) || Is(name, ended)) continue;
            foreach (var value in values) HasMisplaced |= KeyText.HoldsOurs(value);
        }
    }

    /// <param name="target">Path and query as they came, percent-encoded.</param>
    public void InTarget(ReadOnlySpan<char> target)
    {
        var question = target.IndexOf('?');
        HasMisplaced |= KeyText.HoldsOurs(Decoded(question < 0 ? target : target[..question]));
        if (question < 0) return;
        var query = target[(question + 1)..];
        foreach (var range in query.Split('&'))
        {
            if (CallerCredentials.IsKeyParameter(query[range], out var key)) InCredential(Decoded(key));
            else HasMisplaced |= KeyText.HoldsOurs(Decoded(query[range]));
        }
    }

    private void InPlace(IHeaderDictionary headers, string name, string? ended)
    {
        if (Is(name, ended) || !headers.TryGetValue(name, out var values)) return;
        foreach (var value in values) InCredential(value);
    }

    private void InCredential(ReadOnlySpan<char> credential)
    {
        credential = credential.Trim();
        HasOurs |= KeyText.HoldsOurs(credential);
        Try(credential);
        var space = credential.IndexOf(' ');
        if (space < 0) return;
        var behindScheme = credential[space..].Trim();
        Try(behindScheme);
        if (credential[..space].Equals(Basic, StringComparison.OrdinalIgnoreCase)) InBasic(behindScheme);
    }

    /// <summary>RFC 7617: base64 of name, colon, password.</summary>
    private void InBasic(ReadOnlySpan<char> encoded)
    {
        var bytes = encoded.Length <= MaxStackChars ? stackalloc byte[MaxStackChars] : new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, bytes, out var length)) return;
        ReadOnlySpan<char> pair = Encoding.UTF8.GetString(bytes[..length]);
        HasOurs |= KeyText.HoldsOurs(pair);
        var colon = pair.IndexOf(':');
        Try(colon < 0 ? pair : pair[..colon]);
        if (colon >= 0) Try(pair[(colon + 1)..]);
    }

    private void Try(ReadOnlySpan<char> key)
    {
        if (key.IsEmpty) return;
        HasAny = true;
        Found ??= keys?.Find(key);
    }

    private static ReadOnlySpan<char> Decoded(ReadOnlySpan<char> text) => text.Contains('%') ? Uri.UnescapeDataString(text) : text;

    private static bool Is(string name, string? other) => other is not null && name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
