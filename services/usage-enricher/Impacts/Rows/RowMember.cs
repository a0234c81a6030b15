using System.Text.Json;

namespace Pipeline.UsageEnricher.Impacts.Rows;

/// <summary>A row that cannot be answered: which member, and what would be right.</summary>
/// <param name="member">Path in the row; null = the row as a whole.</param>
internal sealed class RowException(string? member, string remedy) : Exception($"{member}: {remedy}")
{
    public string? Member => member;

    public string Remedy => remedy;
}

/// <summary>One member of a row, read as what it must be. A missing member is null.</summary>
internal readonly record struct RowMember(string Path, JsonElement Json)
{
    /// <summary>Figures beyond it are no figures, and results of such could not be written as numbers.</summary>
    public const double Most = 1e12;

    /// <summary>What is divided by is no less.</summary>
    public const double Least = 1e-6;

    public static RowMember Of(JsonElement json, string name, string prefix = "") =>
        new(prefix + name, json.TryGetProperty(name, out var value) ? value : default);

    public bool IsNull => Json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public string Text() => OptionalText() ?? throw Refused("give a text");

    public string? OptionalText() => IsNull ? null : Json.ValueKind == JsonValueKind.String ? Json.GetString() : throw Refused("give a text, or null");

    public double Number() => ReadNumber(Json, -Most, $"give a number from -{Most:R} to {Most:R}");

    public double Amount() => ReadNumber(Json, 0, $"give a number from 0 to {Most:R}");

    public double AboveZero() => ReadNumber(Json, Least, $"give a number from {Least:R} to {Most:R}");

    public double? OptionalAmount() => IsNull ? null : ReadNumber(Json, 0, $"give a number from 0 to {Most:R}, or null");

    public double? OptionalAboveZero() => IsNull ? null : ReadNumber(Json, Least, $"give a number from {Least:R} to {Most:R}, or null");

    public ScenarioRange Range() => ReadRange(0);

    public ScenarioRange RangeAboveZero() => ReadRange(Least);

    public JsonElement Object() => Json.ValueKind == JsonValueKind.Object ? Json : throw Refused("give an object");

    private ScenarioRange ReadRange(double least)
    {
        var remedy = $"give a number from {least:R} to {Most:R}, or {{\"min\": …, \"max\": …}} of such, min not above max";
        if (Json.ValueKind != JsonValueKind.Object) return ScenarioRange.Of(ReadNumber(Json, least, remedy));

        foreach (var member in Json.EnumerateObject())
            if (member.Name is not ("min" or "max")) throw Refused(remedy);
        if (!Json.TryGetProperty("min", out var min) || !Json.TryGetProperty("max", out var max)) throw Refused(remedy);
        var range = new ScenarioRange(ReadNumber(min, least, remedy), ReadNumber(max, least, remedy));
        return range.Min <= range.Max ? range : throw Refused(remedy);
    }

    private double ReadNumber(JsonElement json, double least, string remedy) =>
        json.ValueKind == JsonValueKind.Number && json.TryGetDouble(out var number) && number >= least && number <= Most ? number : throw Refused(remedy);

    private RowException Refused(string remedy) => new(Path, remedy);
}
