namespace Pipeline.UsageEnricher.JsonLines;

/// <param name="Number">Counts from 1, blank lines included.</param>
/// <param name="Text">Without its line end; valid until the next line is read.</param>
/// <param name="IsTooLong">Longer than <see cref="RowLines.MaxLineBytes"/>; its text is left out.</param>
internal readonly record struct RowLine(long Number, ReadOnlyMemory<byte> Text, bool IsTooLong)
{
    public bool IsBlank => !IsTooLong && !Text.Span.ContainsAnyExcept(" \t\r"u8);
}

/// <summary>Splits a stream into lines ended by LF or CRLF; the last one may lack its end. A leading byte order mark is skipped.</summary>
internal sealed class RowLines(Stream rows)
{
    public const int MaxLineBytes = 1024 * 1024;

    private readonly byte[] _buffer = new byte[MaxLineBytes + 1];
    private int _start;
    private int _end;
    private int _scanned;
    private long _number;
    private bool _ended;

    /// <summary>No whole line is at hand: the next read may block.</summary>
    public bool WouldWait => !_ended && _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n') < 0;

    public bool TryRead(out RowLine line)
    {
        var tooLong = false;
        while (true)
        {
            var end = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = Take(_scanned + end, _scanned + end + 1, tooLong);
                return true;
            }

            _scanned = _end;
            if (_end - _start > MaxLineBytes)
            {
                tooLong = true;
                _start = _end = _scanned = 0;
            }

            if (!_ended && Fill()) continue;
            line = default;
            if (_start == _end && !tooLong) return false;
            line = Take(_end, _end, tooLong);
            return true;
        }
    }

    private RowLine Take(int end, int next, bool tooLong)
    {
        var text = _buffer.AsMemory(_start, end - _start);
        if (_number == 0 && text.Span.StartsWith("\uFEFF"u8)) text = text[3..];
        _start = _scanned = next;
        return new RowLine(++_number, tooLong ? default : text, tooLong);
    }

    private bool Fill()
    {
        if (_end == _buffer.Length)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_scanned, _end, _start) = (_scanned - _start, _end - _start, 0);
        }

        var read = rows.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
        return !_ended;
    }
}
