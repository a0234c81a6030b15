namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// What the forwarder may do with a reply's bytes after one <see cref="ReplyMeter.Feed"/>. All positions count from the
/// start of the <em>region</em>: the bytes that the forwarder still holds from before, followed by this chunk.
/// </summary>
/// <remarks>
/// <code>
/// var plan = meter.Feed(chunk);                       // region = held + chunk
/// send(region[..plan.ForwardNow] without plan.Cut);
/// if (plan.Completes)
/// {
///     append(event made from meter.End(transportComplete: true));   // before the frame that completes the reply
///     send(region[plan.ForwardNow..] without plan.Cut);
///     held = nothing;
/// }
/// else
/// {
///     held = region[plan.ForwardNow..];               // empty in every mode but the injected one
/// }
/// </code>
/// Example, injected, one region <c>A\n\nU\n\nD\n\n</c> with A a content chunk (10 bytes with its blank line), U the usage chunk
/// (20), D <c>data: [DONE]</c> (14): ForwardNow 30, CutStart 10, CutLength 20, Completes. A goes out, the event is appended, D
/// goes out. When D is still missing: ForwardNow 30, the same cut, Completes false, nothing is held.
/// </remarks>
/// <param name="ForwardNow">Bytes of the region that may leave at once, the cut ones among them counted but not sent.</param>
/// <param name="Completes">
/// The frame that completes the reply ends inside this region: what follows <see cref="ForwardNow"/> waits for the event's append.
/// </param>
/// <param name="CutStart">First byte of the region that must not be sent.</param>
/// <param name="CutLength">0 when nothing is cut. At most one region of a reply has a cut.</param>
internal readonly record struct ReplyPlan(int ForwardNow, bool Completes, int CutStart = 0, int CutLength = 0)
{
    /// <summary>
    /// Length of the completing frame's rest behind <see cref="ForwardNow"/>, where the framing tells it (binary messages); 0 = it
    /// ends with its blank line.
    /// </summary>
    public int FrameLength { get; init; }

    public int CutEnd => CutStart + CutLength;
}
