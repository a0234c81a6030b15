namespace Pipeline.GatewayEdge.Content;

/// <summary>How a stream holds its documents.</summary>
internal enum StreamFraming
{
    /// <summary>Server-sent events.</summary>
    Events,

    /// <summary>JSON documents one after the other, mostly one a line, or in an array.</summary>
    Documents,

    /// <summary>AWS's binary messages.</summary>
    AwsFrames,
}
