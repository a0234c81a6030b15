using System.Globalization;
using Pipeline.Kibana.Fields;

namespace Pipeline.Kibana.Panels;

/// <summary>Which documents count, as Kibana's query language (KQL) says it.</summary>
internal abstract record Condition
{
    /// <summary>Stands inside another condition as it is.</summary>
    protected virtual bool IsAtom => true;

    public abstract string Kql { get; }

    public static Condition Is(Dimension field, string value) => new Comparison($"{field.Path}: {Quote(value)}");

    public static Condition Is(Dimension field, bool value) => new Comparison($"{field.Path}: {(value ? "true" : "false")}");

    public static Condition IsOneOf(Dimension field, params string[] values) =>
        new Comparison($"{field.Path}: ({string.Join(" or ", values.Select(Quote))})");

    public static Condition Exists(MappedField field) => new Comparison($"{field.Path}: *");

    public static Condition AtLeast(Measure field, long value) => new Comparison(string.Create(CultureInfo.InvariantCulture, $"{field.Path} >= {value}"));

    public static Condition Below(Measure field, long value) => new Comparison(string.Create(CultureInfo.InvariantCulture, $"{field.Path} < {value}"));

    public static Condition operator !(Condition condition) => new Negation(condition);

    public static Condition operator &(Condition left, Condition right) => new Conjunction(left, right);

    private static string Quote(string value) => '"' + value.Replace("\\", "\\\\").Replace("\"", "\\\"") + '"';

    private static string Inner(Condition condition) => condition.IsAtom ? condition.Kql : $"({condition.Kql})";

    private sealed record Comparison(string Text) : Condition
    {
        public override string Kql => Text;
    }

    private sealed record Negation(Condition Of) : Condition
    {
        public override string Kql => $"not {Inner(Of)}";
    }

    private sealed record Conjunction(Condition Left, Condition Right) : Condition
    {
        protected override bool IsAtom => false;

        public override string Kql => $"{Inner(Left)} and {Inner(Right)}";
    }
}
