using System.Buffers;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// Counts the bytes of text in JSON that arrives in any pieces and any framing: of all string values, or of those with certain names,
/// inside of objects with these names too (the arguments of a tool). Keeps nothing of them but the start of the last name.
/// </summary>
internal sealed class TextCounter
{
    /// <summary>Longer names are none that is asked for.</summary>
    private const int MaxNameBytes = 32;

    /// <summary>A longer value that starts like this is an image, a file or the like, not text: that has a blank or more in its first bytes.</summary>
    private const int MinEncodedBytes = 512;

    private static readonly SearchValues<byte> EncodedBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="u8);

    private readonly byte[] _start = new byte[MaxNameBytes];
    private readonly byte[] _name = new byte[MaxNameBytes];
    private byte[][]? _wanted = [];
    private State _state;
    private StringEnd _end;
    private int _nameLength;
    private long _length;
    private int _depth;

    private enum State : byte
    {
        Outside,
        InString,

        /// <summary>Whether it was a name, the next character tells.</summary>
        BehindString,

        /// <summary>Whether the wanted value is an object, the next character tells.</summary>
        BehindWantedName,
    }

    /// <summary>Something is counted.</summary>
    public bool IsOn => _wanted is not { Length: 0 };

    /// <summary>Bytes between the quotes, escapes as they are written.</summary>
    public long Bytes { get; private set; }

    /// <param name="wanted">Names whose values count; none = nothing is counted; null = all values that are text.</param>
    public void Begin(byte[][]? wanted)
    {
        _wanted = wanted;
        _state = State.Outside;
        _nameLength = 0;
        _depth = 0;
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
                State.BehindString => Decide(bytes, at),
                _ => OpenObject(bytes, at),
            };
        }
    }

    private int FindString(ReadOnlySpan<byte> bytes, int at)
    {
        var rest = bytes[at..];
        var stop = _depth == 0 ? rest.IndexOf((byte)'"') : rest.IndexOfAny((byte)'"', (byte)'{', (byte)'}');
        if (stop < 0)
            return bytes.Length;

        if (rest[stop] == (byte)'"')
        {
            _state = State.InString;
            _end = default;
            _length = 0;
        }
        else
        {
            _depth += rest[stop] == (byte)'{' ? 1 : -1;
        }

        return at + stop + 1;
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
        if (IsBlank(bytes[at]))
            return at + 1;

        var start = _start.AsSpan(0, (int)Math.Min(_length, MaxNameBytes));
        if (bytes[at] == (byte)':')
        {
            _nameLength = _length > MaxNameBytes ? 0 : start.Length;
            start[.._nameLength].CopyTo(_name);
            _state = _depth == 0 && _wanted is not null && HasWantedName() ? State.BehindWantedName : State.Outside;
            return at + 1;
        }

        if (_wanted is null ? IsText(start) : _depth > 0 || HasWantedName())
            Bytes += _length;

        _state = State.Outside;
        return at;
    }

    private int OpenObject(ReadOnlySpan<byte> bytes, int at)
    {
        if (IsBlank(bytes[at]))
            return at + 1;

        _state = State.Outside;
        if (bytes[at] != (byte)'{')
            return at;

        _depth = 1;
        return at + 1;
    }

    private static bool IsBlank(byte next) => next is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private bool IsText(ReadOnlySpan<byte> start) =>
        !start.StartsWith("data:"u8) && (_length < MinEncodedBytes || start.IndexOfAnyExcept(EncodedBytes) >= 0);

    private bool HasWantedName()
    {
        foreach (var name in _wanted!)
        {
            if (_name.AsSpan(0, _nameLength).SequenceEqual(name))
                return true;
        }

        return false;
    }
}
