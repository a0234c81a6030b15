namespace Pipeline.Kibana.Checking;

/// <summary>What makes an import fail, or a panel that was imported.</summary>
internal enum Rule
{
    /// <summary>One saved object a line, and a line break at the end.</summary>
    Lines,

    /// <summary>Type and id once.</summary>
    Identity,

    /// <summary>`typeMigrationVersion` there and not above what the oldest supported Kibana knows.</summary>
    Version,

    /// <summary>No member that the schema of that version does not have: Kibana refuses the whole object.</summary>
    Members,

    /// <summary>What is referred to is in the file.</summary>
    References,

    /// <summary>Objects within saved objects are JSON as text.</summary>
    EncodedJson,

    /// <summary>A panel has a type and the same unique id in both places.</summary>
    PanelIdentity,

    /// <summary>Panels lie on the grid and not on one another.</summary>
    Grid,

    /// <summary>A panel holds its attributes itself and does not refer to a saved one as well.</summary>
    ByValue,

    /// <summary>The member that migrations of older Lens versions read is there.</summary>
    LegacyLayers,

    /// <summary>Layers, references of the panel and references of the dashboard are the same.</summary>
    ReferenceSets,

    /// <summary>`columnOrder` has each column once, buckets first.</summary>
    ColumnOrder,

    /// <summary>A formula is written out in parts that exist and say what its text says.</summary>
    Formula,

    /// <summary>Top values are ranked by a figure of their layer.</summary>
    Ranking,

    /// <summary>Fields and their types are those of the mapping; queries can be read.</summary>
    Fields,

    /// <summary>Labels, percentiles and time ranges are given.</summary>
    Labels,

    /// <summary>A visualization shows columns of its own layer, and is of a known kind.</summary>
    Accessors,

    /// <summary>An estimate is shown by both ends of its range.</summary>
    EstimateRange,

    /// <summary>Money is summed within one currency.</summary>
    OneCurrency,

    /// <summary>Tokens and impacts are not counted again when an answer is read again.</summary>
    CountedOnce,
}

/// <param name="Where">Object, panel and column.</param>
internal sealed record Finding(Rule Rule, string Where, string What)
{
    public override string ToString() => $"{Rule}: {Where}: {What}";
}
