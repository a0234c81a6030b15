using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>A request as it arrived, byte for byte.</summary>
internal sealed record ReceivedRequest(string Head, byte[] Body)
{
    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public string? Header(string name) => RawMessage.Header(Head, name);
}

/// <summary>An upstream on a raw socket whose every write, pause and reset is the test's own.</summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<UpstreamConnection, Task> _script;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private int _connections;

    /// <param name="script">Serves one connection; an exception out of the socket ends it.</param>
    public ScriptedUpstream(Func<UpstreamConnection, Task> script)
    {
        _script = script;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Answers every request on every connection with the same bytes.</summary>
    public static ScriptedUpstream Answering(string reply) => Answering(Encoding.UTF8.GetBytes(reply));

    public static ScriptedUpstream Answering(byte[] reply) => new(async connection =>
    {
        while (await connection.ReadRequestAsync() is not null) await connection.SendAsync(reply);
    });

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public int Connections => Volatile.Read(ref _connections);

    public List<ReceivedRequest> Requests { get; } = [];

    /// <summary>The only request that came.</summary>
    public ReceivedRequest Request
    {
        get { lock (Requests) return Requests.Single(); }
    }

    public async ValueTask DisposeAsync()
    {
        // The loop may be between two calls: it would meet a listener that is stopped already.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                serving.Add(ServeAsync(new UpstreamConnection(this, socket, _stop.Token)));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(UpstreamConnection connection)
    {
        using (connection)
        {
            try
            {
                await _script(connection);
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }
}

/// <summary>One connection of the gateway to the upstream.</summary>
internal sealed class UpstreamConnection(ScriptedUpstream upstream, Socket socket, CancellationToken stop) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly MemoryStream _unread = new();

    /// <returns>Null when the gateway closed the connection.</returns>
    public async Task<ReceivedRequest?> ReadRequestAsync()
    {
        var head = await RawMessage.ReadHeadAsync(_stream, _unread, stop);
        if (head is null) return null;
        var body = await RawMessage.ReadBodyAsync(head, _stream, _unread, isRequest: true, stop);
        var request = new ReceivedRequest(head, body.Bytes);
        lock (upstream.Requests) upstream.Requests.Add(request);
        return request;
    }

    /// <summary>Reads the head only; the body stays unread.</summary>
    public Task<string?> ReadHeadAsync() => RawMessage.ReadHeadAsync(_stream, _unread, stop);

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        socket.NoDelay = true;
        await _stream.WriteAsync(bytes, stop);
    }

    /// <summary>Waits until the gateway closes the connection.</summary>
    public async Task UntilClosedAsync()
    {
        var buffer = new byte[1024];
        while (await _stream.ReadAsync(buffer, stop) > 0)
        {
        }
    }

    public Task UntilAsync(Task signal) => signal.WaitAsync(stop);

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _unread.Dispose();
    }
}
