using System.Text;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Counts the bytes of text in JSON that arrives in any pieces and any framing: of all string values, or of those with certain names.
/// Keeps nothing of them but the start of the last name.
/// </summary>
internal sealed class TextCounter
{
    /// <summary>Longer names are none that is asked for.</summary>
    private const int MaxNameBytes = 32;

    private readonly byte[] _start = new byte[MaxNameBytes];
    private readonly byte[] _name = new byte[MaxNameBytes];
    private byte[][]? _wanted = [];
    private State _state;
    private StringEnd _end;
    private int _nameLength;
    private long _length;

    private enum State : byte
    {
        Outside,
        InString,

        /// <summary>Whether it was a name, the next character tells.</summary>
        BehindString,
    }

    /// <summary>Something is counted.</summary>
    public bool IsOn => _wanted is not { Length: 0 };

    /// <summary>Bytes between the quotes, escapes as they are written.</summary>
    public long Bytes { get; private set; }

    /// <summary>Names under which a shape's replies hold what the model wrote; empty where that is not known.</summary>
    public static byte[][] NamesOf(ReplyShape shape) => shape switch
    {
        ReplyShape.OpenAIChat => ChatNames,
        ReplyShape.OpenAIResponses => ResponsesNames,
        ReplyShape.OllamaNative => OllamaNames,
        _ => [],
    };

    private static readonly byte[][] ChatNames = Names("content", "reasoning_content", "reasoning", "refusal", "arguments", "text");
    private static readonly byte[][] ResponsesNames = Names("delta");
    private static readonly byte[][] OllamaNames = Names("content", "thinking", "response");

    /// <param name="wanted">Names whose values count; none = nothing is counted; null = all values but data URLs.</param>
    public void Begin(byte[][]? wanted)
    {
        _wanted = wanted;
        _state = State.Outside;
        _nameLength = 0;
        Bytes = 0;
    }

    public void Feed(ReadOnlySpan<byte> bytes)
    {
        var at = IsOn ? 0 : bytes.Length;
        while (at < bytes.Length)
        {
            at = _state switch
            {
                State.Outside => FindString(bytes, at),
                State.InString => ReadString(bytes, at),
                _ => Decide(bytes, at),
            };
        }
    }

    private int FindString(ReadOnlySpan<byte> bytes, int at)
    {
        var quote = bytes[at..].IndexOf((byte)'"');
        if (quote < 0)
            return bytes.Length;

        _state = State.InString;
        _end = default;
        _length = 0;
        return at + quote + 1;
    }

    private int ReadString(ReadOnlySpan<byte> bytes, int at)
    {
        var end = _end.Find(bytes, at);
        var piece = bytes[at..(end < 0 ? bytes.Length : end)];
        if (_length < MaxNameBytes)
        {
            var kept = Math.Min(piece.Length, MaxNameBytes - (int)_length);
            piece[..kept].CopyTo(_start.AsSpan((int)_length));
        }

        _length += piece.Length;
        if (end < 0)
            return bytes.Length;

        _state = State.BehindString;
        return end + 1;
    }

    private int Decide(ReadOnlySpan<byte> bytes, int at)
    {
        if (bytes[at] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            return at + 1;

        var start = _start.AsSpan(0, (int)Math.Min(_length, MaxNameBytes));
        if (bytes[at] == (byte)':')
        {
            _nameLength = _length > MaxNameBytes ? 0 : start.Length;
            start[.._nameLength].CopyTo(_name);
        }
        else if (IsWanted(start))
        {
            Bytes += _length;
        }

        _state = State.Outside;
        return at;
    }

    private bool IsWanted(ReadOnlySpan<byte> start)
    {
        if (_wanted is null)
            return !start.StartsWith("data:"u8);

        foreach (var name in _wanted)
        {
            if (_name.AsSpan(0, _nameLength).SequenceEqual(name))
                return true;
        }

        return false;
    }

    private static byte[][] Names(params string[] names) => [.. names.Select(Encoding.UTF8.GetBytes)];
}
