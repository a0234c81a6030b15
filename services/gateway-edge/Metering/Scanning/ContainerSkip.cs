using System.Buffers;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Passes an object or array that is not walked, in pieces: only nesting and strings are followed. Starts behind the opening
/// bracket.
/// </summary>
internal struct ContainerSkip
{
    private static readonly SearchValues<byte> Stops = SearchValues.Create("\"{}[]"u8);

    private int _depth;
    private bool _isInText;
    private StringEnd _text;

    public static ContainerSkip Start() => new() { _depth = 1 };

    public readonly bool IsOver => _depth == 0;

    /// <returns>One past the closing bracket, or the end of the bytes.</returns>
    public int Pass(ReadOnlySpan<byte> bytes, int at)
    {
        while (at < bytes.Length && _depth > 0)
        {
            if (_isInText)
            {
                var end = _text.Find(bytes, at);
                if (end < 0)
                    return bytes.Length;

                at = end + 1;
                _isInText = false;
                continue;
            }

            at = FindStop(bytes, at);
            if (at == bytes.Length)
                return at;

            OnStop(bytes[at++]);
        }

        return at;
    }

    // Between strings there are mostly one or two bytes; a vector search pays off only in long arrays of numbers.
    private static int FindStop(ReadOnlySpan<byte> bytes, int at)
    {
        if (IsStop(bytes[at]) || (++at < bytes.Length && IsStop(bytes[at])))
            return at;

        var stop = bytes[at..].IndexOfAny(Stops);
        return stop < 0 ? bytes.Length : at + stop;
    }

    private void OnStop(byte stop)
    {
        if (stop == (byte)'"')
        {
            _isInText = true;
            _text = default;
        }
        else if (stop is (byte)'{' or (byte)'[')
        {
            _depth++;
        }
        else
        {
            _depth--;
        }
    }

    private static bool IsStop(byte value) => value is (byte)'"' or (byte)'{' or (byte)'}' or (byte)'[' or (byte)']';
}
