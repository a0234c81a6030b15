namespace Pipeline.GatewayEdge.Metering;

/// <summary>What <see cref="JsonDocumentScanner"/> expects next.</summary>
internal enum JsonState : byte
{
    BeforeValue,
    BeforeValueOrArrayEnd,
    BeforeName,
    BeforeNameOrObjectEnd,
    InName,
    BeforeColon,
    BeforeCommaOrEnd,
    InText,
    InLiteral,
    InSkipped,

    /// <summary>The document is whole.</summary>
    Closed,

    /// <summary>It is not JSON, or not of a shape that can be walked.</summary>
    Failed,

    /// <summary>The reader said that the rest cannot matter.</summary>
    Ignored,
}
