namespace Pipeline.UsageEnricher.Intake;

/// <summary>The character rules of events' texts: what does not keep them is not taken over.</summary>
internal static class ForeignText
{
    private const int MaxToken = 64;
    private const int MaxVisible = 128;

    /// <returns>The text when it is 1-64 characters of [A-Za-z0-9_.:-]; else null.</returns>
    public static string? Token(string? text)
    {
        if (text is not { Length: > 0 and <= MaxToken }) return null;
        foreach (var one in text)
            if (!char.IsAsciiLetterOrDigit(one) && one is not ('_' or '.' or ':' or '-')) return null;
        return text;
    }

    /// <returns>The text when it is 1-128 visible ASCII characters; else null.</returns>
    public static string? Visible(string? text)
    {
        if (text is not { Length: > 0 and <= MaxVisible }) return null;
        foreach (var one in text)
            if (one is <= ' ' or > '~') return null;
        return text;
    }

    /// <returns>The text when it is 1-128 characters without control characters; else null.</returns>
    public static string? Name(string? text)
    {
        if (text is not { Length: > 0 and <= MaxVisible }) return null;
        foreach (var one in text)
            if (char.IsControl(one) || char.IsSurrogate(one)) return null;
        return text;
    }

    /// <returns>The text when it is a hexadecimal number of that many digits and not 0; else null. Lower case.</returns>
    public static string? Hex(string? text, int digits)
    {
        if (text?.Length != digits || !text.AsSpan().ContainsAnyExcept('0')) return null;
        foreach (var one in text)
            if (!char.IsAsciiHexDigit(one)) return null;
        return text.ToLowerInvariant();
    }
}
