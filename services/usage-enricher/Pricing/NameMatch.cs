using System.Text.RegularExpressions;

namespace Pipeline.UsageEnricher.Pricing;

/// <summary>Says whether a name, already in lower case, belongs to an entry.</summary>
public abstract class NameMatch
{
    /// <summary>A pattern that looks around or back, and takes longer than this on a name, counts as not matching.</summary>
    public static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(250);

    public const int MaxPatternLength = 1024;

    public abstract bool Matches(string lowerCaseName);

    /// <summary>Names to try it with: its texts, as they are or put together. Not all of them need to match.</summary>
    public abstract IEnumerable<string> Samples { get; }

    /// <summary>A pattern that takes time by the length of the name only, where it neither looks around nor back: no name can hang it.</summary>
    /// <exception cref="FormatException">It is no pattern, or longer than <see cref="MaxPatternLength"/>.</exception>
    public static Regex Pattern(string pattern)
    {
        if (pattern.Length > MaxPatternLength) throw new FormatException($"a pattern is at most {MaxPatternLength} characters long");
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, PatternTimeout);
        }
        catch (ArgumentException e)
        {
            throw new FormatException($"'{pattern}' is no regular expression: {e.Message}", e);
        }
    }

    public sealed class Exactly(string text) : NameMatch
    {
        private readonly string _text = text.ToLowerInvariant();
        public override IEnumerable<string> Samples => [_text];
        public override bool Matches(string lowerCaseName) => lowerCaseName == _text;
    }

    public sealed class Starting(string text) : NameMatch
    {
        private readonly string _text = text.ToLowerInvariant();
        public override IEnumerable<string> Samples => [_text];
        public override bool Matches(string lowerCaseName) => lowerCaseName.StartsWith(_text, StringComparison.Ordinal);
    }

    public sealed class Ending(string text) : NameMatch
    {
        private readonly string _text = text.ToLowerInvariant();
        public override IEnumerable<string> Samples => [_text];
        public override bool Matches(string lowerCaseName) => lowerCaseName.EndsWith(_text, StringComparison.Ordinal);
    }

    public sealed class Containing(string text) : NameMatch
    {
        private readonly string _text = text.ToLowerInvariant();
        public override IEnumerable<string> Samples => [_text];
        public override bool Matches(string lowerCaseName) => lowerCaseName.Contains(_text, StringComparison.Ordinal);
    }

    /// <summary>Found anywhere in the name, as written: a pattern's own letters keep their case.</summary>
    public sealed class Matching(string pattern) : NameMatch
    {
        private readonly Regex _pattern = Pattern(pattern);

        /// <summary>The pattern read as a text, its digits as nines: enough for patterns of dated names.</summary>
        public override IEnumerable<string> Samples =>
            [Regex.Replace(pattern, @"\\d\{(\d)\}", static digits => new string('9', digits.Groups[1].Value[0] - '0')).Replace("\\", "").Trim('^', '$').ToLowerInvariant()];

        public override bool Matches(string lowerCaseName) => IsMatch(_pattern, lowerCaseName);
    }

    public sealed class AnyOf(IReadOnlyList<NameMatch> parts) : NameMatch
    {
        public override IEnumerable<string> Samples => parts.SelectMany(static part => part.Samples);

        public override bool Matches(string lowerCaseName)
        {
            foreach (var part in parts)
                if (part.Matches(lowerCaseName))
                    return true;
            return false;
        }
    }

    public sealed class AllOf(IReadOnlyList<NameMatch> parts) : NameMatch
    {
        public override IEnumerable<string> Samples =>
            parts.SelectMany(static part => part.Samples).Append(string.Concat(parts.Select(static part => part.Samples.FirstOrDefault() ?? "")));

        public override bool Matches(string lowerCaseName)
        {
            foreach (var part in parts)
                if (!part.Matches(lowerCaseName))
                    return false;
            return true;
        }
    }

    internal static bool IsMatch(Regex pattern, string text)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }
}
