using System.Text.RegularExpressions;

namespace Pipeline.GatewayEdge.Content;

/// <summary>
/// Replaces what looks like a secret or an e-mail address, and what the operator's own expressions match. All run in time linear in the text
/// (no backtracking), because the text is anybody's.
/// </summary>
internal sealed class Redaction
{
    /// <summary>
    /// Characters at a cut that are not kept: a secret that the cut goes through is recognized neither before nor behind it. No secret known
    /// here is longer.
    /// </summary>
    public const int CutMarginChars = 4 * 1024;

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private static readonly (string Marker, Regex Rule)[] BuiltIn =
    [
        ("[key]", new Regex(@"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s\\-]*", Linear)),
        ("[key]", new Regex(@"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", Linear)),
        ("[key]", new Regex(@"\b(?:sk|pk|rk|llmvk)[-_][A-Za-z0-9_-]{16,}", Linear)),
        ("[key]", new Regex(@"\b(?:AKIA|ASIA)[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|xox[abeprs]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{30,}", Linear)),
        ("[key]", new Regex(@"[Bb]earer\s{1,4}[A-Za-z0-9._~+/=-]{16,}", Linear)),
        ("[email]", new Regex(@"[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}", Linear)),
    ];

    private readonly (string Marker, Regex Rule)[] _rules;

    public Redaction(IReadOnlyList<string> own) => _rules = [.. own.Select(static rule => ("[redacted]", new Regex(rule, Linear))), .. BuiltIn];

    /// <returns>Null when the expression can be used.</returns>
    public static string? Problem(string expression)
    {
        try
        {
            return new Regex(expression, Linear).IsMatch("") ? "matches nothing at all: it would be everywhere" : null;
        }
        catch (ArgumentException)
        {
            return "is not a regular expression";
        }
        catch (NotSupportedException)
        {
            return "has look-around or a back reference, whose time cannot be bounded";
        }
    }

    /// <param name="isCut">The text goes on behind its end: its last <see cref="CutMarginChars"/> are not kept.</param>
    /// <param name="count">Raised by the places that were replaced.</param>
    public string Apply(string text, bool isCut, ref long count)
    {
        var replaced = 0L;
        if (isCut)
        {
            // Marked where the kept part ends; what stands behind it is only there for the expressions to see.
            var end = Math.Max(0, text.Length - CutMarginChars);
            if (end > 0 && char.IsHighSurrogate(text[end - 1])) end--;
            foreach (var (marker, rule) in _rules) (text, end) = ReplaceUpTo(text, end, marker, rule, ref replaced);
            text = text[..end];
        }
        else
        {
            foreach (var (marker, rule) in _rules)
            {
                text = rule.Replace(text, _ =>
                {
                    replaced++;
                    return marker;
                });
            }
        }

        count += replaced;
        return text;
    }

    private static (string Text, int End) ReplaceUpTo(string text, int end, string marker, Regex rule, ref long replaced)
    {
        var kept = new System.Text.StringBuilder(text.Length);
        var at = 0;
        var newEnd = -1;
        foreach (Match match in rule.Matches(text))
        {
            kept.Append(text, at, match.Index - at);
            // A match that begins before the end is replaced whole, and the end is behind it.
            if (newEnd < 0 && match.Index >= end) newEnd = kept.Length - (match.Index - end);
            kept.Append(marker);
            at = match.Index + match.Length;
            if (newEnd < 0 && at >= end) newEnd = kept.Length;
            replaced++;
        }

        kept.Append(text, at, text.Length - at);
        if (newEnd < 0) newEnd = kept.Length - (text.Length - end);
        return (kept.ToString(), newEnd);
    }
}
