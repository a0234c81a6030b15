using System.Buffers;
using System.Collections.Frozen;
using System.Net.Http;
using Microsoft.AspNetCore.Http;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Content;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Telemetry;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Takes one call from its caller to its upstream and the reply back.
/// <code>
///    (1) route   (2) admit, identify   (3) read          (4) decide   (5) open    (6) send
///  caller ─────────────────────────────────► request ──────────────────────────────────────► upstream
///     ▲                                                     ▲                                    │
///     │                                                     └── once more, when the injected ◄────┤
///     │                                                         option is refused                │
///     └───────────── (9) completing frame ◄── (8) append the event ◄── (7) relay, metering ◄─────┘
/// </code>
/// 1. The first path segment names a configured upstream; nothing else can be reached.
/// 2. A place among the calls in flight and room for one event in the spool, before anything is read; who is not let in goes no further.
/// 3. The body is gathered where it tells the model and the options; else it is forwarded as it comes.
/// 4. Whether to ask for a stream's usage on the caller's behalf.
/// 5. The opening goes to the spool: from here the attempt has exactly one event, whatever happens.
/// 6. The upstream is called, with the listed headers changed.
/// 7. Head and bytes go to the caller as they come; the meter reads beside them.
/// 8. The event is appended.
/// 9. Only then the frame goes out that completes the reply.
/// Guarantee: a reply that its caller saw complete has its event in the spool. A caller that leaves does not end the call: the
/// upstream is read on within bounds, because what it answers is paid for.
/// </summary>
internal sealed class Forwarder(
    FrozenDictionary<string, Upstream> upstreams,
    GatewayOptions options,
    IdentityStage identity,
    CallerAttribution attribution,
    InjectionRefusals refusals,
    ReplyRelay relay,
    AttemptClosing closing,
    IEventIds ids,
    TimeProvider time,
    ForwardingMetrics metrics,
    CallTelemetry telemetry,
    ContentStage captures)
{
    private readonly FrozenDictionary<string, Upstream>.AlternateLookup<ReadOnlySpan<char>> _upstreams =
        upstreams.GetAlternateLookup<ReadOnlySpan<char>>();

    private readonly EdgeReply _unknownUpstream = EdgeReply.UnknownUpstream(upstreams.Keys);
    private int _inFlight;

    /// <summary>Calls between admission and their end.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    public async Task ForwardAsync(Exchange call)
    {
        if (Route(call) is { } unroutable)                                          // (1)
        {
            await call.Writer.ReplyAsync(call.Response, unroutable);
            telemetry.CallEnded(call, null);
            return;
        }

        if (Admit(call) is { } refused)                                             // (2)
        {
            await call.Writer.ReplyAsync(call.Response, refused);
            telemetry.CallEnded(call, call.Upstream.Name);
            return;
        }

        call.Watch.Begin(call.Upstream.Options.DrainTimeout);
        var leaving = call.Lifetime.RequestAborted.UnsafeRegister(static state => ((AttemptWatch)state!).ClientLeft(), call.Watch);
        try
        {
            if (call.Upstream.Asks is { } rules && await IdentifyAsync(call, rules) is { } unidentified)
            {
                await call.Writer.ReplyAsync(call.Response, unidentified);
                return;
            }

            if (!await ReadAsync(call)) return;                                     // (3)
            if (await AttemptAsync(call, Decide(call))) return;                    // (4) to (9)
            if (Readmit(call)) await AttemptAsync(call, UsageInjection.RefusedBefore);
            else await call.Writer.ReplyAsync(call.Response, EdgeReply.SpoolFull);
        }
        finally
        {
            leaving.Unregister();
            call.Watch.End();
            call.Record.Release();
            Interlocked.Decrement(ref _inFlight);
            telemetry.CallEnded(call, call.Upstream.Name);
            await call.ReleaseAsync();
        }
    }

    private EdgeReply? Route(Exchange call)
    {
        var request = call.Request;
        if (call.RememberedRoute() is { } known)
        {
            call.Route = known;
            return null;
        }

        if (HttpMethods.IsConnect(request.Method)) return Refuse(EdgeReply.Connect, RefusalReason.BadTarget);
        if (HttpMethods.IsTrace(request.Method)) return Refuse(EdgeReply.Trace, RefusalReason.BadTarget);
        var fault = RequestTarget.Parse(request.RawTarget, out var target);
        if (fault == TargetFault.NotAPath) return Refuse(EdgeReply.NotAPath, RefusalReason.BadTarget);
        if (fault == TargetFault.DotSegment) return Refuse(EdgeReply.DotSegment, RefusalReason.BadTarget);
        if (!_upstreams.TryGetValue(target.Upstream, out var upstream)) return Refuse(_unknownUpstream, RefusalReason.UnknownUpstream);

        var match = ApiFamilies.Match(upstream.Options.Api!, request.Method, upstream.PathOf(target.Path));
        var rest = request.RawTarget.AsSpan(target.Upstream.Length + 1);
        call.Route = new Route(
            upstream, upstream.AddressOf(rest), match, Forwarding.Route.PatternOf(upstream.Name, match), target.Query.ToString());
        call.Remember(call.Route);
        return null;
    }

    private EdgeReply? Admit(Exchange call)
    {
        if (UpgradeRules.IsRefused(call.Request.Headers)) return Refuse(EdgeReply.Upgrade, RefusalReason.Upgrade);
        if (Interlocked.Increment(ref _inFlight) > options.MaxConcurrentRequests)
        {
            Interlocked.Decrement(ref _inFlight);
            return Refuse(EdgeReply.Busy, RefusalReason.Busy);
        }

        if (call.Record.TryAdmit()) return null;
        Interlocked.Decrement(ref _inFlight);
        return Refuse(EdgeReply.SpoolFull, RefusalReason.SpoolFull);
    }

    /// <returns>The refusal; null = the call may go on, and is told what ends here of its keys.</returns>
    private async ValueTask<EdgeReply?> IdentifyAsync(Exchange call, IdentityRules rules)
    {
        var verdict = identity.Identify(call.Request.Headers, call.Request.RawTarget, rules);
        if (verdict.MayKnowLater && await identity.FetchTokenKeysAsync()) verdict = identity.Identify(call.Request.Headers, call.Request.RawTarget, rules);
        if (verdict.Identification is not { } identified) return Refuse(EdgeReply.Unidentified(verdict.Fault), RefusalReason.Unidentified);
        call.Identified = identified.KeyId is null || CallerKey.KeyOf(call.Route.Query).IsEmpty ? identified
            : identified with { Address = call.Upstream.AddressOf(RequestTarget.WithoutKey(call.Request.RawTarget.AsSpan(call.Upstream.Name.Length + 1))) };
        return null;
    }

    /// <returns>False: the caller's request broke off before anything was forwarded.</returns>
    private async ValueTask<bool> ReadAsync(Exchange call)
    {
        try
        {
            await call.ReadBodyAsync(options.MaxReadBodyBytes);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException && error is not BadHttpRequestException)
        {
            metrics.RequestRefused(RefusalReason.CallerLeftEarly);
            return false;
        }

        // A large document holds the connection's thread for milliseconds: other connections must not wait behind it.
        if (call.Body.Length > Exchange.MaxInlineReadBytes) await Task.Yield();
        var isReadable = (call.Body.IsWhole || call.Route.Match.Family.MayBeForm) && !call.IsEncoded;
        call.Facts = RequestReader.Read(call.Route.Match, isReadable ? call.Body.Gathered.Span : default);
        return true;
    }

    private UsageInjection Decide(Exchange call)
    {
        var upstream = call.Upstream;
        var family = call.Route.Match.Family;
        if (!family.TakesIncludeUsage) return UsageInjection.NotApplicable;
        var decision = InjectionDecision.Of(new InjectionFacts(
            family,
            HttpMethods.IsPost(call.Request.Method),
            call.Facts,
            upstream.Options.InjectUsage,
            upstream.Options.InjectUsage && HeaderRules.IsSigned(call.Request.Headers),
            call.IsEncoded,
            call.IsJson,
            !call.Body.IsWhole && !call.IsEncoded,
            refusals.WasRefused(upstream.Name, call.Facts.Model)));
        if (decision != UsageInjection.Injected) return decision;

        var injected = new ArrayBufferWriter<byte>(call.Body.Length + Exchange.InjectedBytes);
        if (!IncludeUsageInjection.TryRewrite(call.Body.Gathered.Span, call.Facts, injected)) return UsageInjection.NotJson;
        call.InjectedBody = injected;
        return decision;
    }

    /// <returns>False: the upstream refused the injected option, the event of this attempt is written, and the call is to be repeated without.</returns>
    private async ValueTask<bool> AttemptAsync(Exchange call, UsageInjection injection)
    {
        call.BeginAttempt(injection, time.GetTimestamp());
        var content = call.ContentToSend();
        var message = RequestMessage.Of(
            call.Request.Method, call.Request.Headers, call.Route, content, call.Identified, injection == UsageInjection.Injected, ref call.Headers);
        if (!call.Record.Open(Opening(call)))                                       // (5)
        {
            await call.Writer.ReplyAsync(call.Response, Refuse(EdgeReply.SpoolFull, RefusalReason.SpoolFull));
            return true;
        }

        if (content is not null) BeginCapture(call, message);
        HttpResponseMessage? reply = null;
        try
        {
            call.Watch.Expect(AttemptFailure.ReplyTimeout, call.Upstream.Options.ReplyTimeout);
            reply = await call.Upstream.Sender.SendAsync(message, call.Watch.Token); // (6)
            if (injection != UsageInjection.Injected || (int)reply.StatusCode != StatusCodes.Status400BadRequest)
            {
                await relay.RunAsync(call, reply);                                  // (7) to (9)
                return true;
            }

            if (!await relay.IsRefusalAsync(call, reply)) return true;
            refusals.Remember(call.Upstream.Name, call.Facts.Model);
            metrics.InjectionRefused(call.Upstream.Name);
            return false;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException or IOException)
        {
            await relay.FailAsync(call, call.FailureOf(error));
            return true;
        }
        finally
        {
            // A defect on the way must not take the event with it.
            if (call.Record.IsOpen) closing.CloseUnfinished(call);
            if (call.Record.Closed is { } audit) AttemptEnded(call, audit);
            reply?.Dispose();
            message.Dispose();
        }
    }

    private void BeginCapture(Exchange call, HttpRequestMessage message)
    {
        call.Capture = call.Route.Match.Family.IsMetered ? captures.Begin(call.Upstream.Options.CaptureContent, call.Record.Opening!.Attribution) : null;
        if (call.Capture is not { } capture) return;
        var state = call.IsEncoded ? ContentState.Encoded : !call.IsJson ? ContentState.NotText : call.Body.IsWhole ? ContentState.Whole : ContentState.TooLarge;
        capture.TakePrompt(call.Body.Gathered.Span, state);
        // A reply that is not encoded need not be decoded for it. What the caller has signed is not ours to change.
        var authorization = call.Request.Headers.Authorization;
        if (HeaderRules.IsAmong(HeaderRules.SignedNames(authorization.Count == 0 ? null : authorization.ToString()), "Accept-Encoding")) return;
        message.Headers.Remove("Accept-Encoding");
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
    }

    private void AttemptEnded(Exchange call, LLMUsageAudit audit)
    {
        telemetry.AttemptEnded(audit, call.Headers.TraceParent);
        if (call.Capture is not { } capture) return;
        call.Capture = null;
        // The try that was refused for our own option says nothing that the next one does not.
        if (audit.UsageInjection == UsageInjection.RefusedNow) capture.Dispose();
        else captures.End(capture, audit);
    }

    /// <summary>The repeated call is an attempt of its own and needs its own room.</summary>
    private bool Readmit(Exchange call) => !call.Watch.IsClientGone && call.Record.TryAdmit();

    private LLMUsageAudit Opening(Exchange call)
    {
        var now = time.GetUtcNow();
        // A token is another one each hour: it names no key.
        var isToken = call.Identified?.TokenHeader is { } header && header.Equals("Authorization", StringComparison.OrdinalIgnoreCase);
        var credentials = new CallerCredentials(isToken ? null : call.Headers.Authorization, call.Headers.ApiKey, call.Route.Query);
        var metadataTags = identity.MetadataTags is { } named && call.Body.IsWhole && !call.IsEncoded ? named.Read(call.Body.Gathered.Span) : null;
        return EventAssembly.Opening(new AttemptStart(
            ids.Next(now),
            now,
            call.Route,
            call.Facts,
            call.Headers,
            attribution.Of(call.Headers, call.Facts.Metadata, credentials, call.Route.Pattern, call.Identified, metadataTags),
            call.Injection,
            call.RequestBytes));
    }

    private EdgeReply Refuse(EdgeReply reply, RefusalReason reason)
    {
        metrics.RequestRefused(reason);
        return reply;
    }
}
