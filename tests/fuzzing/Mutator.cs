namespace Pipeline.Fuzzing.Tests;

/// <summary>
/// Makes inputs from seeds: cut, spliced, repeated, with bits flipped and with the tokens that parsers stumble over. The same seed and number give
/// the same input, so that one line of a failing run is enough to have it again.
/// </summary>
/// <param name="dictionary">Pieces that are put into inputs as they are.</param>
public sealed class Mutator(IReadOnlyList<byte[]> seeds, IReadOnlyList<byte[]> dictionary)
{
    /// <summary>Longest input; larger ones are what the tests of limits are for.</summary>
    public const int MaxInputBytes = 64 * 1024;

    private const int MaxChanges = 6;
    private const int MaxRepeats = 16;

    private readonly byte[] _buffer = new byte[MaxInputBytes];
    private int _length;

    /// <summary>The input of this number; valid until the next call.</summary>
    public ReadOnlySpan<byte> Make(ref FuzzRandom random)
    {
        _length = 0;
        Insert(0, seeds[random.Below(seeds.Count)]);
        // One in sixteen stays whole: what is right must go on being read.
        var changes = random.Below(16) == 0 ? 0 : 1 + random.Below(MaxChanges);
        for (var i = 0; i < changes; i++) Change(ref random);
        return _buffer.AsSpan(0, _length);
    }

    private void Change(ref FuzzRandom random)
    {
        var at = random.Below(_length + 1);
        switch (random.Below(8))
        {
            case 0 when at < _length:
                _buffer[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1 when at < _length:
                _buffer[at] = (byte)random.Below(256);
                break;
            case 2:
                _length = at;
                break;
            case 3:
                Remove(at, random.Below(Math.Min(64, _length - at) + 1));
                break;
            case 4:
                Insert(at, dictionary[random.Below(dictionary.Count)]);
                break;
            case 5:
                var other = seeds[random.Below(seeds.Count)];
                var from = random.Below(other.Length + 1);
                Insert(at, other.AsSpan(from, random.Below(other.Length - from + 1)));
                break;
            case 6:
                Repeat(at, random.Below(Math.Min(256, _length - at) + 1), 1 + random.Below(MaxRepeats));
                break;
            default:
                ReplaceDigits(at, ref random);
                break;
        }
    }

    private void Insert(int at, ReadOnlySpan<byte> piece)
    {
        piece = piece[..Math.Min(piece.Length, MaxInputBytes - _length)];
        _buffer.AsSpan(at, _length - at).CopyTo(_buffer.AsSpan(at + piece.Length));
        piece.CopyTo(_buffer.AsSpan(at));
        _length += piece.Length;
    }

    private void Remove(int at, int count)
    {
        _buffer.AsSpan(at + count, _length - at - count).CopyTo(_buffer.AsSpan(at));
        _length -= count;
    }

    private void Repeat(int at, int count, int times)
    {
        var piece = _buffer.AsSpan(at, count).ToArray();
        for (var i = 0; i < times; i++) Insert(at, piece);
    }

    /// <summary>The next number becomes another one: counts are what the product lives on.</summary>
    private void ReplaceDigits(int at, ref FuzzRandom random)
    {
        while (at < _length && _buffer[at] is < (byte)'0' or > (byte)'9') at++;
        var end = at;
        while (end < _length && _buffer[end] is >= (byte)'0' and <= (byte)'9') end++;
        Remove(at, end - at);
        ReadOnlySpan<byte> number = random.Below(6) switch
        {
            0 => "-1"u8,
            1 => "1e400"u8,
            2 => "99999999999999999999"u8,
            3 => "0.5"u8,
            4 => "1000000000001"u8,
            _ => "7.0"u8,
        };
        Insert(at, number);
    }
}

/// <summary>xorshift64*: small, seeded, the same on every machine.</summary>
public struct FuzzRandom
{
    private ulong _state;

    /// <param name="number">Which input of the run.</param>
    public FuzzRandom(int seed, long number)
    {
        _state = ((ulong)(uint)seed << 32) ^ ((ulong)number * 0x9E3779B97F4A7C15) | 1;
        for (var i = 0; i < 4; i++) Next();
    }

    /// <returns>0 to <paramref name="bound"/> - 1; 0 for a bound of 0.</returns>
    public int Below(int bound) => bound <= 1 ? 0 : (int)((Next() >> 33) % (ulong)bound);

    private ulong Next()
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return _state * 0x2545F4914F6CDD1D;
    }
}
