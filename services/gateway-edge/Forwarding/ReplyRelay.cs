using System.Net.Http;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Brings one reply to its caller, and the event into the spool before the frame that completes it: the protocol's terminal
/// frame, else the last byte of the body, else the head.
/// <code>
/// read ──► region (held bytes + chunk) ──► meter ──► send up to the plan ──┬──► more to come: what may not leave yet is held
///                                                                          └──► complete: append the event, then send the rest
/// </code>
/// </summary>
/// <remarks>
/// A body of unknown length shows its last byte only by ending: of a plain one the newest byte is always held, of a stream without a
/// terminal frame the end of the transfer encoding is what waits.
/// </remarks>
internal sealed class ReplyRelay(AttemptClosing closing, ReplyMeterPool meters, TimeProvider time, ForwardingMetrics metrics, string requestIdHeader)
{
    private const int ReadBytes = 16 * 1024;
    private const int MinReadBytes = 4 * 1024;

    /// <summary>How much of a 400 is read to see what it refuses.</summary>
    private const int MaxRefusalBytes = 64 * 1024;

    /// <summary>Relays the whole reply; bytes of it that are in the call's buffer come first.</summary>
    public async ValueTask RunAsync(Exchange call, HttpResponseMessage reply)
    {
        var meter = meters.Rent();
        call.Buffer.Open(ReadBytes);
        try
        {
            var head = BeginReply(call, reply, meter);
            if (!head.HasBody)
            {
                if (!closing.Close(call, AttemptFailure.None, meter.End(transportComplete: true))) call.Writer.BreakOff();
                return;
            }

            var failure = await PumpAsync(call, await reply.Content.ReadAsStreamAsync(), head, meter);
            if (failure == AttemptFailure.None)
            {
                // Kestrel ends a chunked body with a flush of its own; what is left of one with a length it would keep.
                if (head.Length is not null) await call.Writer.FlushAsync();
                return;
            }

            if (call.Record.IsOpen)
            {
                call.Capture?.BreakReply();
                closing.Close(call, failure, meter.End(transportComplete: false));
            }

            await FailAsync(call, failure);
        }
        finally
        {
            meters.Return(meter);
            call.Buffer.Close();
        }
    }

    /// <summary>Reads a 400 to the call with the injected option.</summary>
    /// <returns>True: it names the option; its event is written and nothing went to the caller. False: it was relayed like any other reply.</returns>
    public async ValueTask<bool> IsRefusalAsync(Exchange call, HttpResponseMessage reply)
    {
        var body = await reply.Content.ReadAsStreamAsync();
        call.Buffer.Open(MaxRefusalBytes);
        var read = -1;
        while (read != 0 && !call.Buffer.IsFull)
        {
            call.Watch.Expect(AttemptFailure.IdleTimeout, call.Upstream.Options.IdleTimeout);
            read = await body.ReadAsync(call.Buffer.Free(1), call.Watch.Token);
            call.Buffer.Advance(read);
        }

        if (!InjectionDecision.IsRefusal((int)reply.StatusCode, call.Buffer.Filled))
        {
            await RunAsync(call, reply);
            return false;
        }

        CloseRefused(call, reply);
        return true;
    }

    /// <summary>Ends an attempt that broke: its event, then an error of our own or, when the reply has begun, a connection broken off.</summary>
    public ValueTask FailAsync(Exchange call, AttemptFailure failure)
    {
        if (call.Record.IsOpen && !closing.Close(call, failure, null) || call.Watch.IsClientGone || call.Writer.HasBegun)
        {
            call.Writer.BreakOff();
            return ValueTask.CompletedTask;
        }

        return call.Writer.ReplyAsync(
            call.Response, EdgeReply.Failed(call.Upstream.Name, failure), requestIdHeader, call.Record.Opening!.RequestId);
    }

    private ReplyHead BeginReply(Exchange call, HttpResponseMessage reply, ReplyMeter meter)
    {
        var head = ReplyHead.Of(reply, call.Request.Method);
        var isInjected = call.Injection == UsageInjection.Injected;
        call.StatusCode = head.StatusCode;
        call.RateLimit = ReplyHead.RateLimitOf(reply, time.GetUtcNow());
        BeginMetering(call, reply, head, isInjected, meter);

        call.Capture?.BeginReply(head.ContentType, head.ContentEncoding);
        var dropped = head.CopyTo(call.Response, reply, keepsLength: !isInjected);
        for (var i = 0; i < dropped; i++) metrics.ReplyHeaderDropped(call.Upstream.Name);
        call.Response.Headers[requestIdHeader] = call.Record.Opening!.RequestId;
        return head;
    }

    private static void BeginMetering(Exchange call, HttpResponseMessage reply, in ReplyHead head, bool isInjected, ReplyMeter meter)
    {
        var match = call.Route.Match;
        meter.Begin(match.Family, head.StatusCode, head.ContentType, head.ContentEncoding, isInjected, call.Upstream.IsRelay, match.UrlModel);
        if (call.Upstream.Options.EstimateUsage && !match.IsRetrieve) meter.CountText();
        if (call.Upstream.AnswersInHeaders) ReplyHead.OfferAwsHeaders(reply, meter);
    }

    private async ValueTask<AttemptFailure> PumpAsync(Exchange call, Stream body, ReplyHead head, ReplyMeter meter)
    {
        var watch = call.Watch;
        var isNewestByteHeld = head.Length is null && !head.IsStreamed && !call.Facts.AsksForStream;
        for (var fresh = call.Buffer.Length; ; fresh = 0)
        {
            if (fresh == 0)
            {
                var reading = body.ReadAsync(call.Buffer.Free(MinReadBytes), watch.Token);
                if (!reading.IsCompleted || call.Writer.MustFlush)
                {
                    // Whatever the caller may have, it has before we wait. A caller that takes it slowly is not the upstream's silence.
                    var flushing = call.Writer.FlushAsync();
                    if (!flushing.IsCompletedSuccessfully)
                    {
                        watch.Relax();
                        await flushing;
                    }

                    watch.Expect(AttemptFailure.IdleTimeout, call.Upstream.Options.IdleTimeout);
                }

                try
                {
                    fresh = await reading;
                }
                catch (Exception error) when (error is IOException or OperationCanceledException or HttpRequestException)
                {
                    var failure = call.FailureOf(error);
                    if (call.IsInTerminalFrame && call.Record.IsOpen && Complete(call, meter, default)) await call.Writer.FlushAsync();
                    return failure;
                }

                if (fresh == 0)
                {
                    Finish(call, meter);
                    return AttemptFailure.None;
                }

                call.Buffer.Advance(fresh);
            }

            call.CountReply(fresh, time);
            call.Capture?.Append(call.Buffer.Filled[^fresh..]);
            if (call.IsOverDrainBytes) return AttemptFailure.DrainBound;
            if (!await MoveAsync(call, head, meter, fresh, isNewestByteHeld)) return AttemptFailure.None;
        }
    }

    /// <summary>Moves one region on.</summary>
    /// <returns>False: the reply was broken off, because its event could not be written.</returns>
    private async ValueTask<bool> MoveAsync(Exchange call, ReplyHead head, ReplyMeter meter, int fresh, bool isNewestByteHeld)
    {
        var buffer = call.Buffer;
        if (!call.Record.IsOpen)
        {
            // The event is written: what still comes after the terminal frame is only passed on.
            buffer.SendTo(call.Writer, buffer.Length, default);
            return true;
        }

        if (call.IsInTerminalFrame) return EndFrame(call, head, meter, knownLength: 0);
        var plan = meter.Feed(buffer.Filled[^fresh..]);
        // The newest byte is held by us: the meter, which holds nothing then, counts from behind it.
        if (isNewestByteHeld) plan = plan with { ForwardNow = plan.ForwardNow + buffer.Length - fresh };
        if (plan.Completes)
        {
            // What stands before the terminal frame leaves first: it does not wait for the disk.
            buffer.SendTo(call.Writer, plan.ForwardNow, plan);
            await call.Writer.FlushAsync();
            call.IsInTerminalFrame = true;
            return EndFrame(call, head, meter, plan.FrameLength);
        }

        var isLast = head.Length is { } length && call.ResponseBytes >= length;
        if (isLast) return Complete(call, meter, plan);

        buffer.SendTo(call.Writer, isNewestByteHeld ? Math.Min(plan.ForwardNow, buffer.Length - 1) : plan.ForwardNow, plan);
        return true;
    }

    /// <summary>
    /// The terminal frame is known by its content; it ends with its blank line. Until that has come it is held, so that the event does not
    /// depend on where the network split the frame.
    /// </summary>
    /// <param name="knownLength">How far the frame goes; 0 = up to its blank line.</param>
    private bool EndFrame(Exchange call, in ReplyHead head, ReplyMeter meter, int knownLength)
    {
        var held = call.Buffer.Filled;
        var end = head.ContentEncoding.Length > 0 ? held.Length : knownLength > 0 ? knownLength : TerminalFrame.EndOf(held);
        var isLast = head.Length is { } length && call.ResponseBytes >= length;
        if (end < 0 && !isLast) return true;
        if (end >= 0) call.ResponseBytes -= held.Length - end;
        return Complete(call, meter, default);
    }

    /// <summary>A body's last byte has come: the event first, then all that is left in one piece.</summary>
    private bool Complete(Exchange call, ReplyMeter meter, in ReplyPlan plan)
    {
        var metered = meter.End(transportComplete: true);
        if (!closing.Close(call, AttemptFailure.None, metered))
        {
            call.Writer.BreakOff();
            return false;
        }

        call.Buffer.SendTo(call.Writer, plan.ForwardNow, plan);
        call.Buffer.SendTo(call.Writer, call.Buffer.Length, metered.Rest);
        return true;
    }

    /// <summary>The body has ended without having said so before.</summary>
    private void Finish(Exchange call, ReplyMeter meter)
    {
        if (!call.Record.IsOpen) return;
        Complete(call, meter, default);
    }

    private void CloseRefused(Exchange call, HttpResponseMessage reply)
    {
        var meter = meters.Rent();
        var head = ReplyHead.Of(reply, call.Request.Method);
        call.StatusCode = head.StatusCode;
        call.RateLimit = ReplyHead.RateLimitOf(reply, time.GetUtcNow());
        call.CountReply(call.Buffer.Length, time);
        call.Injection = UsageInjection.RefusedNow;
        BeginMetering(call, reply, head, isInjected: false, meter);
        meter.Feed(call.Buffer.Filled);
        // Lost or not, the caller has seen nothing of this try: the next one decides about its reply.
        closing.Close(call, AttemptFailure.None, meter.End(transportComplete: true));
        meters.Return(meter);
        call.Buffer.Close();
    }
}
