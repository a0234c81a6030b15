using System.Globalization;
using System.Text.Json;

namespace Pipeline.UsageEnricher.Intake;

/// <summary>
/// A member of somebody else's JSON, asked for by name. Nothing is read that is not asked for, and nothing that is there can make asking
/// throw: what is not of the kind asked for is null.
/// </summary>
internal readonly struct ForeignMember(JsonElement json)
{
    public ForeignMember this[string name] => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? new(value) : default;

    public bool IsNull => json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsObject => json.ValueKind == JsonValueKind.Object;

    /// <summary>Number of elements; 0 for what is no array.</summary>
    public int Length => json.ValueKind == JsonValueKind.Array ? json.GetArrayLength() : 0;

    public string? Text
    {
        get
        {
            if (json.ValueKind != JsonValueKind.String) return null;
            try
            {
                return json.GetString();
            }
            catch (InvalidOperationException)
            {
                // Half of a surrogate pair.
                return null;
            }
        }
    }

    public bool? Truth => json.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null };

    /// <summary>A whole number, written as a number or, as OTLP does for 64 bits, as a text.</summary>
    public long? Whole => json.ValueKind switch
    {
        JsonValueKind.Number when json.TryGetInt64(out var whole) => whole,
        JsonValueKind.Number when json.TryGetDouble(out var number) && number == Math.Floor(number) && Math.Abs(number) < 1e15 => (long)number,
        JsonValueKind.String when long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ => null,
    };

    /// <summary>A finite number, written as a number or a text.</summary>
    public double? Number => json.ValueKind switch
    {
        JsonValueKind.Number when json.TryGetDouble(out var number) && double.IsFinite(number) => number,
        JsonValueKind.String when double.TryParse(Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => number,
        _ => null,
    };

    public IEnumerable<ForeignMember> Items
    {
        get
        {
            if (json.ValueKind != JsonValueKind.Array) yield break;
            foreach (var item in json.EnumerateArray()) yield return new(item);
        }
    }

    /// <summary>Walks down the names.</summary>
    public ForeignMember At(params ReadOnlySpan<string> names)
    {
        var member = this;
        foreach (var name in names) member = member[name];
        return member;
    }
}
