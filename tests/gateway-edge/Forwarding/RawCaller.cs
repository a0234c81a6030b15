using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>A reply as its caller saw it.</summary>
/// <param name="IsWhole">Ended as its framing says; false = broken off.</param>
internal sealed record RawReply(string Head, byte[] Body, bool IsWhole)
{
    public int StatusCode => int.Parse(Head.Split(' ')[1]);

    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public string Text => Encoding.UTF8.GetString(Body);

    public string? Header(string name) => RawMessage.Header(Head, name);
}

/// <summary>A caller on a raw socket.</summary>
internal sealed class RawCaller : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _patience = new(Patience);
    private readonly MemoryStream _unread = new();
    private NetworkStream _stream = null!;

    public static async Task<RawCaller> ConnectAsync(TestGateway gateway)
    {
        var caller = new RawCaller();
        await caller._socket.ConnectAsync(IPAddress.Loopback, gateway.Port);
        caller._socket.NoDelay = true;
        caller._stream = new NetworkStream(caller._socket, ownsSocket: true);
        return caller;
    }

    /// <summary>A POST with a JSON body.</summary>
    public static string Post(string target, string body, params string[] headers) =>
        $"POST {target} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
        + string.Concat(headers.Select(static header => header + "\r\n")) + "\r\n" + body;

    public static string Get(string target, params string[] headers) =>
        $"GET {target} HTTP/1.1\r\nHost: gateway\r\n" + string.Concat(headers.Select(static header => header + "\r\n")) + "\r\n";

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, _patience.Token);

    public async Task<RawReply> CallAsync(string request, bool hasBody = true)
    {
        await SendAsync(request);
        return await ReadReplyAsync(hasBody);
    }

    public async Task<RawReply> ReadReplyAsync(bool hasBody = true)
    {
        var head = await ReadHeadAsync();
        if (!hasBody) return new RawReply(head, [], true);
        var body = await RawMessage.ReadBodyAsync(head, _stream, _unread, isRequest: false, _patience.Token);
        return new RawReply(head, body.Bytes, body.IsWhole);
    }

    /// <exception cref="EndOfStreamException">The connection ended without a reply.</exception>
    public async Task<string> ReadHeadAsync() =>
        await RawMessage.ReadHeadAsync(_stream, _unread, _patience.Token) ?? throw new EndOfStreamException("no reply");

    /// <summary>Reads until the raw bytes hold the text.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        var buffer = new byte[4096];
        while (true)
        {
            var seen = Encoding.Latin1.GetString(_unread.GetBuffer(), 0, (int)_unread.Length);
            if (seen.Contains(text, StringComparison.Ordinal)) return seen;
            int read;
            try
            {
                read = await _stream.ReadAsync(buffer, _patience.Token);
            }
            catch (OperationCanceledException)
            {
                read = 0;
            }

            if (read == 0) throw new EndOfStreamException($"'{text}' did not come; seen: {seen}");
            _unread.Write(buffer, 0, read);
        }
    }

    /// <summary>Bytes that have come and were not read yet, without waiting.</summary>
    public string Seen()
    {
        var buffer = new byte[4096];
        while (_socket.Available > 0) _unread.Write(buffer, 0, _stream.Read(buffer));
        return Encoding.Latin1.GetString(_unread.GetBuffer(), 0, (int)_unread.Length);
    }

    /// <summary>Everything that comes until the gateway ends the connection.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var buffer = new byte[4096];
        var read = 1;
        while (read > 0)
        {
            try
            {
                read = await _stream.ReadAsync(buffer, _patience.Token);
            }
            catch (IOException)
            {
                read = 0;
            }

            _unread.Write(buffer, 0, read);
        }

        return Encoding.Latin1.GetString(_unread.GetBuffer(), 0, (int)_unread.Length);
    }

    /// <summary>Leaves with a reset, as a killed process does.</summary>
    public void HangUp()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void Dispose()
    {
        _stream.Dispose();
        _unread.Dispose();
        _patience.Dispose();
    }
}
