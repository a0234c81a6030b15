using System.Text;

namespace Pipeline.Kibana.Checking;

/// <summary>A query in Kibana's query language, as far as dashboards here use it: values, existence, comparisons, and, or, not.</summary>
internal abstract record Kql
{
    internal sealed record Equal(string Field, string Value) : Kql;

    internal sealed record Exists(string Field) : Kql;

    /// <param name="Operator">&lt;, &lt;=, &gt; or &gt;=.</param>
    internal sealed record Compare(string Field, string Operator, string Value) : Kql;

    internal sealed record Not(Kql Of) : Kql;

    internal sealed record All(IReadOnlyList<Kql> Of) : Kql;

    internal sealed record Any(IReadOnlyList<Kql> Of) : Kql;

    public IEnumerable<Kql> Leaves => this switch
    {
        Not not => not.Of.Leaves,
        All all => all.Of.SelectMany(static part => part.Leaves),
        Any any => any.Of.SelectMany(static part => part.Leaves),
        _ => [this],
    };

    /// <summary>What must hold for the whole to hold.</summary>
    public IEnumerable<Kql> Conjuncts => this is All all ? all.Of.SelectMany(static part => part.Conjuncts) : [this];

    /// <summary>Null for an empty query, which all documents meet.</summary>
    /// <exception cref="FormatException">It cannot be read; the message says where.</exception>
    public static Kql? Parse(string query) => query.Trim().Length == 0 ? null : new KqlParser(query).ParseWhole();
}

/// <summary>Recursive descent over the query's text.</summary>
internal sealed class KqlParser(string text)
{
    private int _at;

    public Kql ParseWhole()
    {
        var query = ParseAny();
        SkipSpace();
        return _at == text.Length ? query : throw Unexpected();
    }

    private Kql ParseAny()
    {
        List<Kql> parts = [ParseAll()];
        while (TakeWord("or")) parts.Add(ParseAll());
        return parts.Count == 1 ? parts[0] : new Kql.Any(parts);
    }

    private Kql ParseAll()
    {
        List<Kql> parts = [ParseNot()];
        while (TakeWord("and")) parts.Add(ParseNot());
        return parts.Count == 1 ? parts[0] : new Kql.All(parts);
    }

    private Kql ParseNot()
    {
        if (TakeWord("not")) return new Kql.Not(ParseNot());
        if (!Take("(")) return ParseField();
        var inner = ParseAny();
        Expect(")");
        return inner;
    }

    private Kql ParseField()
    {
        var field = ParseToken();
        foreach (var comparison in (string[])["<=", ">=", "<", ">"])
            if (Take(comparison)) return new Kql.Compare(field, comparison, ParseToken());
        Expect(":");
        if (!Take("(")) return ParseValue(field);
        List<Kql> values = [ParseValue(field)];
        while (TakeWord("or")) values.Add(ParseValue(field));
        Expect(")");
        return new Kql.Any(values);
    }

    private Kql ParseValue(string field)
    {
        SkipSpace();
        if (Take("*")) return new Kql.Exists(field);
        return new Kql.Equal(field, _at < text.Length && text[_at] == '"' ? ParseQuoted() : ParseToken());
    }

    private string ParseQuoted()
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] != '"'; _at++)
        {
            if (text[_at] == '\\') _at++;
            if (_at < text.Length) value.Append(text[_at]);
        }

        Expect("\"");
        return value.ToString();
    }

    private string ParseToken()
    {
        SkipSpace();
        var start = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || "_@.-".Contains(text[_at]))) _at++;
        return _at > start ? text[start.._at] : throw Unexpected();
    }

    private bool TakeWord(string word)
    {
        SkipSpace();
        var end = _at + word.Length;
        if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0 || (end < text.Length && text[end] is not (' ' or '('))) return false;
        _at = end;
        return true;
    }

    private bool Take(string symbol)
    {
        SkipSpace();
        if (string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) != 0) return false;
        _at += symbol.Length;
        return true;
    }

    private void Expect(string symbol)
    {
        if (!Take(symbol)) throw Unexpected();
    }

    private void SkipSpace()
    {
        while (_at < text.Length && text[_at] == ' ') _at++;
    }

    private FormatException Unexpected() => new($"the query cannot be read from character {_at} on: {text}");
}
