using System.Globalization;
using System.Text;

namespace Pipeline.GatewayEdge.Tests.Forwarding;

/// <summary>Just enough of HTTP/1.1 to read what was really on the wire.</summary>
internal static class RawMessage
{
    /// <summary>A body as read.</summary>
    /// <param name="IsWhole">It ended where its framing says, not by the connection's end.</param>
    public readonly record struct Body(byte[] Bytes, bool IsWhole, string Trailers);

    public static string? Header(string head, string name)
    {
        var values = head.Split("\r\n").Skip(1)
            .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).ToArray();
        return values.Length == 0 ? null : string.Join("|", values);
    }

    /// <returns>The head with its last line's end, without the blank line; null when the connection ended before it.</returns>
    public static async Task<string?> ReadHeadAsync(Stream stream, MemoryStream unread, CancellationToken stop)
    {
        while (true)
        {
            var bytes = unread.GetBuffer().AsSpan(0, (int)unread.Length);
            var end = bytes.IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var head = Encoding.Latin1.GetString(bytes[..(end + 2)]);
                Drop(unread, end + 4);
                return head;
            }

            if (!await MoreAsync(stream, unread, stop)) return null;
        }
    }

    public static async Task<Body> ReadBodyAsync(string head, Stream stream, MemoryStream unread, bool isRequest, CancellationToken stop)
    {
        if (Header(head, "Transfer-Encoding") == "chunked") return await ReadChunkedAsync(stream, unread, stop);
        if (Header(head, "Content-Length") is { } length)
        {
            var bytes = await TakeAsync(stream, unread, int.Parse(length, CultureInfo.InvariantCulture), stop);
            return new Body(bytes, bytes.Length == int.Parse(length, CultureInfo.InvariantCulture), "");
        }

        if (isRequest) return new Body([], true, "");
        while (await MoreAsync(stream, unread, stop))
        {
        }

        return new Body(Take(unread, (int)unread.Length), true, "");
    }

    private static async Task<Body> ReadChunkedAsync(Stream stream, MemoryStream unread, CancellationToken stop)
    {
        using var body = new MemoryStream();
        while (true)
        {
            if (await LineAsync(stream, unread, stop) is not { } line) return new Body(body.ToArray(), false, "");
            var size = int.Parse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                var trailers = "";
                while (await LineAsync(stream, unread, stop) is { Length: > 0 } trailer) trailers += trailer + "\r\n";
                return new Body(body.ToArray(), true, trailers);
            }

            var chunk = await TakeAsync(stream, unread, size, stop);
            body.Write(chunk);
            if (chunk.Length < size || await LineAsync(stream, unread, stop) is null) return new Body(body.ToArray(), false, "");
        }
    }

    private static async Task<string?> LineAsync(Stream stream, MemoryStream unread, CancellationToken stop)
    {
        while (true)
        {
            var end = unread.GetBuffer().AsSpan(0, (int)unread.Length).IndexOf("\r\n"u8);
            if (end >= 0)
            {
                var line = Encoding.Latin1.GetString(Take(unread, end));
                Drop(unread, 2);
                return line;
            }

            if (!await MoreAsync(stream, unread, stop)) return null;
        }
    }

    private static async Task<byte[]> TakeAsync(Stream stream, MemoryStream unread, int count, CancellationToken stop)
    {
        while (unread.Length < count && await MoreAsync(stream, unread, stop))
        {
        }

        return Take(unread, (int)Math.Min(count, unread.Length));
    }

    private static async Task<bool> MoreAsync(Stream stream, MemoryStream unread, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        int read;
        try
        {
            read = await stream.ReadAsync(buffer, stop);
        }
        catch (IOException)
        {
            // A reset ends a message like any other end.
            read = 0;
        }

        unread.Write(buffer, 0, read);
        return read > 0;
    }

    private static byte[] Take(MemoryStream unread, int count)
    {
        var taken = unread.GetBuffer().AsSpan(0, count).ToArray();
        Drop(unread, count);
        return taken;
    }

    private static void Drop(MemoryStream unread, int count)
    {
        var rest = unread.GetBuffer().AsSpan(count, (int)unread.Length - count).ToArray();
        unread.SetLength(0);
        unread.Write(rest);
    }
}
