namespace Pipeline.GatewayEdge.Attribution;

/// <summary>Why an attribution value was left out. The call goes on without it; the metric's label takes these names in snake_case.</summary>
internal enum DropReason
{
    None,
    Empty,
    TooLong,

    /// <summary>Broken percent-encoding, or not UTF-8 once decoded.</summary>
    BadEncoding,
    ControlCharacter,

    /// <summary>A header given twice with different values: neither is believed.</summary>
    Ambiguous,

    /// <summary>A tag without `=`.</summary>
    NotAPair,

    /// <summary>A tag's name is not 1-64 characters of [A-Za-z0-9_.:-].</summary>
    BadName,

    /// <summary>A tag that the configured allow-list does not have.</summary>
    NotAllowed,

    /// <summary>More than 16 tags.</summary>
    TooMany,
}
