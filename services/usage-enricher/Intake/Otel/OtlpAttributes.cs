namespace Pipeline.UsageEnricher.Intake.Otel;

/// <summary>
/// The attributes of a span and of its resource that have names of <see cref="OtelNames"/>; others are not kept. A value is an object with
/// one member for its kind: `{"intValue":"42"}`.
/// </summary>
internal sealed class OtlpAttributes
{
    private readonly Dictionary<string, ForeignMember> _span = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ForeignMember> _resource = new(StringComparer.Ordinal);

    /// <summary>A value was found under a name that is not a current one of OpenTelemetry's.</summary>
    public bool HasOlderNames { get; private set; }

    public void ReadResource(ForeignMember attributes) => Read(attributes, _resource);

    public void ReadSpan(ForeignMember attributes)
    {
        HasOlderNames = false;
        Read(attributes, _span);
    }

    public string? Text(OtelField field) => Value(field)["stringValue"].Text;

    /// <summary>Of the span, else of its resource.</summary>
    public string? TextOfEither(OtelField field) => Text(field) ?? Value(field, _resource)["stringValue"].Text;

    /// <summary>A count that some exporters write as a double, or as a text.</summary>
    public ForeignMember Count(OtelField field)
    {
        var value = Value(field);
        return !value["intValue"].IsNull ? value["intValue"] : !value["doubleValue"].IsNull ? value["doubleValue"] : value["stringValue"];
    }

    public double? Number(OtelField field)
    {
        var value = Value(field);
        return value["doubleValue"].Number ?? value["intValue"].Number;
    }

    public bool? Truth(OtelField field)
    {
        var value = Value(field);
        return value["boolValue"].Truth ?? (value["stringValue"].Text is { } text && bool.TryParse(text, out var truth) ? truth : null);
    }

    /// <summary>Elements of an array, or the one text.</summary>
    public IEnumerable<string> Texts(OtelField field)
    {
        var value = Value(field);
        if (value["stringValue"].Text is { } one) return [one];
        return value.At("arrayValue", "values").Items.Select(static item => item["stringValue"].Text).OfType<string>();
    }

    private static void Read(ForeignMember attributes, Dictionary<string, ForeignMember> into)
    {
        into.Clear();
        foreach (var attribute in attributes.Items)
            if (attribute["key"].Text is { } key && OtelNames.All.Contains(key)) into[key] = attribute["value"];
    }

    private ForeignMember Value(OtelField field)
    {
        for (var i = 0; i < field.Names.Count; i++)
        {
            if (!_span.TryGetValue(field.Names[i], out var value)) continue;
            HasOlderNames |= i >= field.CurrentNames;
            return value;
        }

        return default;
    }

    private static ForeignMember Value(OtelField field, Dictionary<string, ForeignMember> from)
    {
        foreach (var name in field.Names)
            if (from.TryGetValue(name, out var value)) return value;
        return default;
    }
}
