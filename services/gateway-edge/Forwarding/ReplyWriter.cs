using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>Bytes on their way to the caller. Once the caller has left, everything goes nowhere, without an error.</summary>
internal sealed class ReplyWriter
{
    /// <summary>Bytes of a fast reply that may gather before they are flushed; past it the caller's own pace counts.</summary>
    private const int MaxUnflushedBytes = 32 * 1024;

    /// <summary>What fits into one block of Kestrel's memory beside a chunk's framing.</summary>
    private const int MaxPieceBytes = 4000;

    private PipeWriter _pipe = null!;
    private IHttpRequestLifetimeFeature _lifetime = null!;
    private int _unflushed;
    private bool _isHeadFlushed;
    private bool _hasWritten;

    /// <summary>The caller's connection takes nothing more.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Something of a reply may have gone out: it can only be broken off, not replaced.</summary>
    public bool HasBegun => _isHeadFlushed || _hasWritten;

    public bool MustFlush => _unflushed >= MaxUnflushedBytes;

    public void Begin(IHttpResponseBodyFeature body, IHttpRequestLifetimeFeature lifetime)
    {
        _pipe = body.Writer;
        _lifetime = lifetime;
        _unflushed = 0;
        _isHeadFlushed = _hasWritten = IsBroken = false;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (IsBroken || bytes.IsEmpty) return;
        _hasWritten = true;
        _unflushed += bytes.Length;
        while (!bytes.IsEmpty)
        {
            // Kestrel gives little more than what is asked for before the head is written, and cuts chunks to it.
            var free = _pipe.GetSpan(Math.Min(bytes.Length, MaxPieceBytes));
            var count = Math.Min(free.Length, bytes.Length);
            bytes[..count].CopyTo(free);
            _pipe.Advance(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Sends what was written, with the head when it has not gone yet.</summary>
    public ValueTask FlushAsync()
    {
        if (IsBroken || (_unflushed == 0 && _isHeadFlushed)) return ValueTask.CompletedTask;
        _unflushed = 0;
        _isHeadFlushed = true;
        var flushing = _pipe.FlushAsync();
        if (!flushing.IsCompletedSuccessfully) return WaitAsync(flushing);
        IsBroken |= flushing.Result.IsCompleted;
        return ValueTask.CompletedTask;
    }

    /// <summary>A reply of the gateway's own.</summary>
    public ValueTask ReplyAsync(IHttpResponseFeature to, EdgeReply reply, string? idHeader = null, string? requestId = null)
    {
        to.Headers.Clear();
        to.StatusCode = reply.StatusCode;
        to.ReasonPhrase = null;
        var json = reply.Json();
        to.Headers.ContentType = "application/json";
        to.Headers.ContentLength = json.Length;
        if (reply.StatusCode == 401) to.Headers.WWWAuthenticate = "Bearer";
        if (reply.RetryAfterSeconds is { } seconds) to.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        if (idHeader is not null) to.Headers[idHeader] = requestId;
        Write(json);
        return FlushAsync();
    }

    /// <summary>Ends the connection so that the caller cannot take the reply for a whole one.</summary>
    public void BreakOff()
    {
        IsBroken = true;
        _lifetime.Abort();
    }

    private async ValueTask WaitAsync(ValueTask<FlushResult> flushing)
    {
        try
        {
            IsBroken |= (await flushing).IsCompleted;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or InvalidOperationException)
        {
            IsBroken = true;
        }
    }
}
