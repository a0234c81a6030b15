using System.Buffers;
using System.Net.Http;
using Microsoft.AspNetCore.Http.Features;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Content;
using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// One call between a caller and its upstream: everything that the steps hand on to each other. Belongs to one connection and is
/// used again for its next call, so that a call costs few new objects.
/// </summary>
internal sealed class Exchange(AttemptWatch watch, AttemptRecord record)
{
    /// <summary>Of a form with a file too large to gather, this much is read for the fields before the file.</summary>
    public const int MaxFormStartBytes = 64 * 1024;

    /// <summary>Larger documents are read on a pool thread instead of the connection's own.</summary>
    public const int MaxInlineReadBytes = 256 * 1024;

    /// <summary>What injection adds to a body at most.</summary>
    public const int InjectedBytes = 64;

    // Of the connection's last call, for the next one.
    private string? _lastTarget;
    private string? _lastMethod;
    private Route? _lastRoute;

    private IFeatureCollection _features = null!;
    private RequestBody _body;
    private HttpContent? _sent;
    private long _drainedFrom;

    // The server's view of the call.
    public IHttpRequestFeature Request { get; private set; } = null!;
    public IHttpResponseFeature Response { get; private set; } = null!;
    public IHttpRequestLifetimeFeature Lifetime { get; private set; } = null!;

    // Parts with a life of their own.
    public AttemptWatch Watch => watch;
    public AttemptRecord Record => record;
    public ReplyWriter Writer { get; } = new();
    public ReplyBuffer Buffer { get; } = new();

    // (1) to (4): what the request says.
    public Route Route { get; set; } = null!;
    public CallerHeaders Headers;

    /// <summary>Who the caller is by token and virtual key; null = the upstream asks for neither.</summary>
    public Identification? Identified { get; set; }

    public RequestFacts Facts { get; set; } = RequestFacts.Empty;
    public ref readonly RequestBody Body => ref _body;

    /// <summary>The body with include_usage put in; null when the caller's own is sent.</summary>
    public ArrayBufferWriter<byte>? InjectedBody { get; set; }

    // (5) to (9): the attempt.
    public UsageInjection Injection { get; set; }
    public long StartedTimestamp { get; private set; }
    public int? StatusCode { get; set; }
    public TimeSpan? TimeToFirstByte { get; private set; }
    public long ResponseBytes { get; set; }
    public RateLimit? RateLimit { get; set; }

    /// <summary>Takes a copy of prompt and reply; null = this attempt is not captured.</summary>
    public CallCapture? Capture { get; set; }

    /// <summary>The frame that completes the reply has begun to arrive and is held.</summary>
    public bool IsInTerminalFrame { get; set; }

    public Upstream Upstream => Route.Upstream;

    /// <summary>The request's body is compressed: it cannot be read here.</summary>
    public bool IsEncoded => Request.Headers.ContentEncoding is { Count: > 0 } encoding
        && !encoding.ToString().Equals("identity", StringComparison.OrdinalIgnoreCase);

    public bool IsJson => Request.Headers.ContentType is not { Count: > 0 } type
        || type.ToString().Contains("json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Bytes of the request's body: as declared or gathered, else those taken from the caller so far.</summary>
    public long RequestBytes => _sent is StreamedContent streamed ? streamed.SentBytes : _body.IsWhole ? _body.Length : _body.DeclaredLength ?? _body.Length;

    /// <summary>The caller has left and the upstream has sent more since than is read on for.</summary>
    public bool IsOverDrainBytes
    {
        get
        {
            if (!watch.IsClientGone) return false;
            if (_drainedFrom < 0) _drainedFrom = ResponseBytes;
            return ResponseBytes - _drainedFrom > Upstream.Options.DrainMaxBytes;
        }
    }

    public void Begin(IFeatureCollection features)
    {
        _features = features;
        Request = features.GetRequiredFeature<IHttpRequestFeature>();
        Response = features.GetRequiredFeature<IHttpResponseFeature>();
        Lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        Writer.Begin(features.GetRequiredFeature<IHttpResponseBodyFeature>(), Lifetime);
        record.Begin();
        Headers = default;
        Identified = null;
        Facts = RequestFacts.Empty;
        InjectedBody = null;
        _body = RequestBody.None;
        _sent = null;
    }

    /// <summary>The route of the connection's last call, when this one has the same method and target.</summary>
    public Route? RememberedRoute() =>
        _lastRoute is not null && Request.RawTarget == _lastTarget && Request.Method == _lastMethod ? _lastRoute : null;

    public void Remember(Route route) => (_lastRoute, _lastTarget, _lastMethod) = (route, Request.RawTarget, Request.Method);

    /// <summary>Gathers the body where reading it tells something, up to the bound; else it stays where it is.</summary>
    public async ValueTask ReadBodyAsync(int maxBytes)
    {
        if (_features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true }) return;
        var reader = _features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;
        var length = Request.Headers.ContentLength;
        _body = RequestBody.Ungathered(reader, length);
        if (!Route.Match.Family.IsMetered || IsEncoded) return;
        if (!(length > maxBytes)) _body = await RequestBody.GatherAsync(reader, length, maxBytes);
        else if (Route.Match.Family.MayBeForm) _body = await RequestBody.GatherAsync(reader, length, Math.Min(maxBytes, MaxFormStartBytes));
    }

    public void BeginAttempt(UsageInjection injection, long now)
    {
        Injection = injection;
        StartedTimestamp = now;
        StatusCode = null;
        TimeToFirstByte = null;
        ResponseBytes = 0;
        RateLimit = null;
        IsInTerminalFrame = false;
        _drainedFrom = -1;
    }

    /// <summary>The body that goes to the upstream; null = none.</summary>
    public HttpContent? ContentToSend() => _sent =
        !_body.IsPresent ? null
        : Injection == UsageInjection.Injected ? new GatheredContent(InjectedBody!.WrittenMemory)
        : _body.IsWhole ? new GatheredContent(_body.Gathered)
        : new StreamedContent(_body.Gathered, _body.Rest!, _body.DeclaredLength);

    public void CountReply(int bytes, TimeProvider time)
    {
        if (ResponseBytes == 0) TimeToFirstByte = time.GetElapsedTime(StartedTimestamp);
        ResponseBytes += bytes;
    }

    /// <summary>What an exception of the client library means here: what we caused ourselves comes first.</summary>
    public AttemptFailure FailureOf(Exception error) =>
        watch.Cause is not AttemptFailure.None and var cause ? cause
        : _sent is StreamedContent { IsCallerBroken: true } ? AttemptFailure.RequestAborted
        : AttemptFailures.Of(error);

    /// <summary>Ends everything that still uses the request's body, and gives its memory back.</summary>
    public async ValueTask ReleaseAsync()
    {
        if (_sent is StreamedContent streamed)
        {
            _body.Rest!.CancelPendingRead();
            await streamed.Ended;
        }

        if (_sent is GatheredContent { IsSending: true }) _body.Forget();
        else _body.Return();
        _sent = null;
        InjectedBody = null;
        Headers = default;
        Identified = null;
    }
}
