namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Reads one reply's body beside the forwarder and says, chunk by chunk, which bytes may leave.
/// <code>
///   chunk ──(1) decode──► bytes ──(2) frame──► events or one body ──(3) scan──► documents ──(4) read──► facts
///     │                                                                                               │
///     └──────────────── (5) plan: forward, wait for the append, cut ──► forwarder        (6) End ──► MeteredReply
/// </code>
/// Guarantee: what is forwarded is the upstream's bytes, but for the one usage chunk that an injected option caused; metering
/// that cannot read a reply forwards it all the same.
/// </summary>
/// <remarks>
/// One reply at a time, one caller at a time; <see cref="Begin"/> makes an instance ready again. A chunk costs no allocation.
/// </remarks>
internal sealed class ReplyMeter
{
    /// <summary>
    /// In injected mode an event is held back until it is whole, up to this size; a larger one is passed on as it comes and is never cut.
    /// The usage chunk is below 2 KiB.
    /// </summary>
    public const int MaxHeldEventBytes = 256 * 1024;

    private const int FirstErrorStatus = 400;

    private readonly JsonDocumentScanner _documents = new();
    private readonly EventStreamScanner _events;
    private readonly AwsFrameScanner _frames;
    private readonly JsonBodyScanner _body;
    private readonly ReplyFacts _facts = new();
    private readonly ErrorReplyReader _errors = new();
    private readonly ReplyReader?[] _readers = new ReplyReader?[Enum.GetValues<ReplyShape>().Length];

    private ApiFamily _family = null!;
    private ReplyReader _reader = null!;
    private ReplyDecoder? _decoder;
    private Framing _framing;
    private int _status;
    private bool _saysEventStream;
    private bool _saysLines;
    private bool _isInjected;
    private bool _isUndecodable;
    private bool _isOpaque;
    private bool _isOver;
    private bool _isCut;
    private int _limitsReached;
    private FramingFinder _finder;
    private long _position;
    private int _held;

    public ReplyMeter()
    {
        _events = new EventStreamScanner(_documents);
        _frames = new AwsFrameScanner(_documents);
        _body = new JsonBodyScanner(_documents);
    }

    /// <summary>Starts a reply whose head has arrived.</summary>
    /// <param name="family">Of the request.</param>
    /// <param name="status">HTTP status of the reply.</param>
    /// <param name="contentType">Value of the reply's content-type, empty when it has none; the body's first byte has the last word.</param>
    /// <param name="contentEncoding">Value of the reply's content-encoding, empty when it has none.</param>
    /// <param name="isInjected">The request was changed by <see cref="IncludeUsageInjection"/>: the extra chunk is to be cut.</param>
    /// <param name="isRelay">The upstream is not the provider itself: its zeros do not overrule earlier counts.</param>
    /// <param name="urlModel">Model that the request's URL names.</param>
    public void Begin(
        ApiFamily family,
        int status,
        ReadOnlySpan<char> contentType,
        ReadOnlySpan<char> contentEncoding,
        bool isInjected,
        bool isRelay,
        string? urlModel = null)
    {
        _decoder?.Dispose();
        _decoder = null;
        _family = family;
        _status = status;
        _saysEventStream = ReplyType.IsEventStream(contentType);
        _saysLines = family.StreamsLines && ReplyType.IsLines(contentType);
        var isError = status >= FirstErrorStatus;
        _framing = (family.IsMetered && !ReplyType.IsOpaque(family, contentType)) || isError ? Framing.NotKnown : Framing.NotMetered;
        _isUndecodable = false;
        _isOpaque = false;
        _isOver = false;
        _isCut = false;
        _limitsReached = 0;
        _finder = default;
        _position = 0;
        _held = 0;

        _facts.Reset(isRelay);
        _facts.UrlModel = urlModel;
        _reader = isError || !family.IsMetered ? _errors : _readers[(int)family.Shape] ??= ReplyReaders.Create(family.Shape);
        _reader.Begin(family, _facts);
        _documents.Attach(_reader);
        _events.Begin(_reader, 0);
        _frames.Begin(_reader, _facts.Text);
        _body.Begin(_reader, family.StreamsLines, _saysLines);
        OpenDecoder(contentEncoding);
        _isInjected = isInjected && _decoder is null && _framing == Framing.NotKnown;
    }

    /// <summary>Takes one header of the reply, after <see cref="Begin"/>; all of them may be given.</summary>
    public void OnHeader(string name, string value) => _facts.Headers.Offer(name, value);

    /// <summary>Counts the reply's text as well, after <see cref="Begin"/>: for an estimate, should it hold no usage.</summary>
    public void CountText() => _facts.Text.Begin(TextNames.Of(_family, isStream: true));

    /// <summary>Takes the next bytes of the body as they came from the upstream.</summary>
    public ReplyPlan Feed(ReadOnlySpan<byte> chunk)
    {
        var region = _held + chunk.Length;
        var regionStart = _position - _held;
        if (_isOver || IsCompleted)
        {
            _position += chunk.Length;
            _held = 0;
            return new ReplyPlan(region, Completes: false);
        }

        if (_decoder is null)
            Scan(chunk, _position);
        else
            Decode(chunk);

        _position += chunk.Length;
        if (IsCompleted)
            return Complete(regionStart, region);

        if (!_isInjected || _framing != Framing.EventStream)
        {
            _held = 0;
            return new ReplyPlan(region, Completes: false);
        }

        HoldOpenEvent();
        return Cut(new ReplyPlan(region - _held, Completes: false), regionStart);
    }

    /// <summary>
    /// Ends the reply: after <see cref="ReplyPlan.Completes"/>, at the end of the body, or when either side broke off. Bytes fed
    /// later are passed on unread.
    /// </summary>
    /// <param name="transportComplete">The body arrived whole as far as HTTP can tell, or the terminal frame did.</param>
    public MeteredReply End(bool transportComplete)
    {
        var rest = new ReplyPlan(_held, Completes: false);
        if (!_isOver)
        {
            FinishInput();
            if (_held > 0 && !_isCut && _events.IsOpenEventUsageOnly)
            {
                _isCut = true;
                rest = rest with { CutLength = _held };
            }
        }

        _isOver = true;
        _held = 0;
        var reply = new ReplyConclusion(_family, _reader, _facts).Conclude(transportComplete, IsStream, _status);
        return reply with
        {
            ParseFailures = reply.ParseFailures + _events.Failures + _frames.Failures + _body.Failures + _facts.Usage.Failures + (_isOpaque ? 1 : 0),
            LimitsReached = _limitsReached + _documents.LimitsReached + _frames.LimitsReached,
            IsUndecodable = _isUndecodable,
            IsUsageChunkCut = _isCut,
            Rest = rest,
        };
    }

    private bool IsStream => _framing switch
    {
        Framing.EventStream => true,
        Framing.AwsFrames => _frames.HasMessages || _saysEventStream,
        Framing.Json => (_body.IsArray && _family.IsStreamByUrl) || _body.IsLines,
        _ => _saysEventStream || _saysLines,
    };

    private bool IsCompleted => _framing switch
    {
        Framing.EventStream => _events.IsCompleted,
        Framing.AwsFrames => _frames.IsCompleted,
        Framing.Json => _body.IsCompleted,
        _ => false,
    };

    private ReplyPlan Complete(long regionStart, int region)
    {
        _held = 0;

        // In an encoded body the frame has no place of its own: the whole chunk waits.
        if (_decoder is not null)
            return new ReplyPlan(0, Completes: true);

        if (_framing == Framing.AwsFrames)
            return CompleteFrame(regionStart);

        var start = _framing == Framing.EventStream ? _events.OpenEventStart : _body.DocumentStart;
        var frameStart = (int)Math.Max(0, start - regionStart);
        return Cut(new ReplyPlan(Math.Min(frameStart, region), Completes: true), regionStart);
    }

    /// <summary>Who cannot check a message's last bytes cannot read it: what has come of it before may have left.</summary>
    private ReplyPlan CompleteFrame(long regionStart)
    {
        var (start, end) = _frames.Completing;
        var forwardNow = (int)Math.Max(0, start - regionStart);
        return new ReplyPlan(forwardNow, Completes: true) { FrameLength = (int)(end - regionStart) - forwardNow };
    }

    private void HoldOpenEvent()
    {
        var open = _position - _events.OpenEventStart;
        if (open > MaxHeldEventBytes && !_events.IsOpenEventReleased)
        {
            _events.ReleaseOpenEvent();
            _limitsReached++;
        }

        _held = _isCut || _events.IsOpenEventReleased ? 0 : (int)open;
    }

    private ReplyPlan Cut(ReplyPlan plan, long regionStart)
    {
        var (start, end) = _events.UsageOnlyEvent;
        if (!_isInjected || _isCut || end == 0)
            return plan;

        _isCut = true;
        return plan with { CutStart = (int)(start - regionStart), CutLength = (int)(end - start) };
    }

    private void OpenDecoder(ReadOnlySpan<char> contentEncoding)
    {
        if (_framing == Framing.NotMetered)
            return;

        var coding = ReplyDecoder.Parse(contentEncoding);
        if (coding == ContentCoding.Unknown)
        {
            _isUndecodable = true;
            _framing = Framing.NotMetered;
        }
        else if (coding != ContentCoding.Identity)
        {
            _decoder = new ReplyDecoder(coding);
        }
    }

    private void Decode(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty && _framing != Framing.NotMetered)
        {
            var piece = chunk[..Math.Min(chunk.Length, ReplyDecoder.Capacity)];
            chunk = chunk[piece.Length..];
            _decoder!.Push(piece);
            for (var bytes = _decoder.Read(); !bytes.IsEmpty; bytes = _decoder.Read())
                Scan(bytes, 0);

            if (!_decoder.IsBroken && !_decoder.IsOverLimit)
                continue;

            _limitsReached += _decoder.IsBroken ? 0 : 1;
            _isUndecodable |= _decoder.IsBroken;
            _framing = Framing.NotMetered;
        }
    }

    private void Scan(ReadOnlySpan<byte> bytes, long position)
    {
        if (_framing == Framing.NotKnown)
        {
            (_framing, var start) = _finder.Find(bytes);
            _isOpaque = _framing == Framing.NotMetered;
            bytes = bytes[start..];
            position += start;
            var isStream = _framing is Framing.EventStream or Framing.AwsFrames;
            _reader.OnFraming(isStream);
            if (_facts.Text.IsOn)
                _facts.Text.Begin(TextNames.Of(_family, isStream));
            _events.Begin(_reader, position);
        }

        // Of binary messages only the documents are text.
        if (_framing != Framing.AwsFrames)
            _facts.Text.Feed(bytes);
        if (_framing == Framing.EventStream)
            _events.Feed(bytes, position);
        else if (_framing == Framing.AwsFrames)
            _frames.Feed(bytes, position);
        else if (_framing == Framing.Json)
            _body.Feed(bytes, position);
    }

    private void FinishInput()
    {
        if (_framing == Framing.EventStream)
            _events.FinishInput();
        else if (_framing == Framing.AwsFrames)
            _frames.FinishInput();
        else if (_framing == Framing.Json)
            _body.FinishInput();
    }
}
