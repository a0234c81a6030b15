using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>A request's body that was gathered in pooled memory.</summary>
/// <remarks>An upstream may answer before it has read the body: the memory may go back to its pool only once <see cref="IsSending"/> is false.</remarks>
internal sealed class GatheredContent(ReadOnlyMemory<byte> body) : HttpContent
{
    private volatile bool _isSending;

    public bool IsSending => _isSending;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _isSending = true;
        var writing = stream.WriteAsync(body, cancellationToken);
        if (!writing.IsCompletedSuccessfully) return FinishAsync(writing);
        _isSending = false;
        return Task.CompletedTask;
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }

    private async Task FinishAsync(ValueTask writing)
    {
        try
        {
            await writing;
        }
        finally
        {
            _isSending = false;
        }
    }
}

/// <summary>A request's body that is forwarded while it arrives: what was read of it before, then the rest.</summary>
internal sealed class StreamedContent(ReadOnlyMemory<byte> begun, PipeReader rest, long? length) : HttpContent
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _hasStarted;
    private long _sentBytes;

    /// <summary>Bytes taken from the caller so far.</summary>
    public long SentBytes => Volatile.Read(ref _sentBytes);

    /// <summary>Reading from the caller failed: the request, not the upstream, broke off.</summary>
    public bool IsCallerBroken { get; private set; }

    /// <summary>Ends once nothing reads the caller's connection any more.</summary>
    public Task Ended => Interlocked.Exchange(ref _hasStarted, 1) == 0 ? Task.CompletedTask : _ended.Task;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _hasStarted, 1) != 0) throw new InvalidOperationException("a request's body is sent once");
        try
        {
            if (begun.Length > 0) await SendAsync(stream, begun, cancellationToken);
            while (true)
            {
                if (!rest.TryRead(out var read))
                {
                    // Nothing more is at hand: the upstream gets what there is before we wait.
                    await stream.FlushAsync(cancellationToken);
                    read = await ReadAsync(cancellationToken);
                }

                if (read.IsCanceled)
                {
                    rest.AdvanceTo(read.Buffer.Start);
                    throw new OperationCanceledException("the call is over");
                }

                foreach (var segment in read.Buffer) await SendAsync(stream, segment, cancellationToken);
                rest.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) return;
            }
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    protected override bool TryComputeLength(out long known)
    {
        known = length ?? 0;
        return length is not null;
    }

    private ValueTask SendAsync(Stream stream, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        Volatile.Write(ref _sentBytes, _sentBytes + bytes.Length);
        return stream.WriteAsync(bytes, stop);
    }

    private async ValueTask<ReadResult> ReadAsync(CancellationToken stop)
    {
        try
        {
            return await rest.ReadAsync(stop);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            IsCallerBroken = true;
            throw;
        }
    }
}
