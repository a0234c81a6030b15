namespace Pipeline.GatewayEdge.Content;

/// <summary>How a stream holds its documents.</summary>
internal enum StreamFraming
{
    /// <summary>Server-sent events.</summary>
    Events,

    /// <summary>One JSON document a line.</summary>
    Lines,

    /// <summary>AWS's binary messages.</summary>
    AwsFrames,
}
