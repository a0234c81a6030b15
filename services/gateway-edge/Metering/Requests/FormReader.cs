using System.Text;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The short fields of a multipart/form-data body (RFC 7578), the file parts passed over. The first line is the delimiter, so that the
/// header need not be read.
/// </summary>
internal ref struct FormReader
{
    /// <summary>Fields longer than this are no settings.</summary>
    private const int MaxFieldBytes = BoundedText.MaxNameLength;

    /// <summary>RFC 2046 allows 70 characters and two dashes.</summary>
    private const int MaxDelimiterBytes = 128;

    private readonly ReadOnlySpan<byte> _delimiter;
    private ReadOnlySpan<byte> _rest;

    /// <param name="body">From its first byte; may be cut off anywhere.</param>
    public FormReader(ReadOnlySpan<byte> body)
    {
        var end = body.IndexOf("\r\n"u8);
        if (end is < 3 or > MaxDelimiterBytes || !body.StartsWith("--"u8))
            return;

        _delimiter = body[..end];
        _rest = body[(end + 2)..];
    }

    /// <summary>The body is one.</summary>
    public readonly bool IsForm => !_delimiter.IsEmpty;

    /// <summary>The next field that is no file.</summary>
    /// <returns>False at the end.</returns>
    public bool TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        while (!_rest.IsEmpty)
        {
            var headers = Until("\r\n\r\n"u8);
            var content = ToDelimiter(out var isWhole);
            name = NameOf(headers);
            value = content;
            if (isWhole && !name.IsEmpty && content.Length <= MaxFieldBytes && headers.IndexOf("filename"u8) < 0)
                return true;
        }

        name = value = default;
        return false;
    }

    private ReadOnlySpan<byte> Until(ReadOnlySpan<byte> mark)
    {
        var at = _rest.IndexOf(mark);
        var found = at < 0 ? _rest : _rest[..at];
        _rest = at < 0 ? default : _rest[(at + mark.Length)..];
        return found;
    }

    private ReadOnlySpan<byte> ToDelimiter(out bool isWhole)
    {
        var from = 0;
        while (from < _rest.Length)
        {
            var at = _rest[from..].IndexOf(_delimiter);
            if (at < 0)
                break;

            at += from;
            if (at >= 2 && _rest[(at - 2)..at].SequenceEqual("\r\n"u8))
            {
                var content = _rest[..(at - 2)];
                var after = _rest[(at + _delimiter.Length)..];

                // Two dashes behind it: the last one.
                _rest = after.StartsWith("\r\n"u8) ? after[2..] : default;
                isWhole = true;
                return content;
            }

            from = at + 1;
        }

        var rest = _rest;
        _rest = default;
        isWhole = false;
        return rest;
    }

    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> headers)
    {
        var start = headers.IndexOf("; name=\""u8);
        if (start < 0)
            return default;

        var name = headers[(start + "; name=\""u8.Length)..];
        var end = name.IndexOf((byte)'"');
        return end < 0 ? default : name[..end];
    }

    /// <summary>A field's value as text, null when it is not UTF-8.</summary>
    public static string? Text(ReadOnlySpan<byte> value) => System.Text.Unicode.Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : null;
}
