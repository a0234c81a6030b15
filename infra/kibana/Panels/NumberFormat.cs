namespace Pipeline.Kibana.Panels;

/// <summary>How a number is written.</summary>
internal enum NumberFormat
{
    /// <summary>Whole, with thousands separators.</summary>
    Whole,

    /// <summary>`$1,234.50`, and up to four digits after the point where there are any: a call may cost less than a cent.</summary>
    Dollars,

    /// <summary>As dollars, in whatever currency the row is of.</summary>
    Money,

    /// <summary>0.25 as `25.0%`.</summary>
    Percent,

    /// <summary>Microseconds, shown as milliseconds.</summary>
    Duration,

    /// <summary>Three to six digits after the point: impacts in kg, kWh, MJ, L.</summary>
    Quantity,
}
