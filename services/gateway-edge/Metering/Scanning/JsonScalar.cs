namespace Pipeline.GatewayEdge.Metering;

/// <summary>How a scanned value is written.</summary>
internal enum JsonScalar
{
    /// <summary>The bytes between the quotes, escapes untouched.</summary>
    Text,

    /// <summary>A number, true or false, as written.</summary>
    Literal,

    Null,
}
