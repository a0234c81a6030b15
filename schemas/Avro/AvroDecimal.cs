using System.Buffers.Binary;

namespace Pipeline.Schemas.Avro;

/// <summary>
/// Avro's decimal: the value times 10^scale as a big-endian two's complement integer. Precisions up to 28 digits, which
/// always fit C#'s decimal.
/// </summary>
internal static class AvroDecimal
{
    /// <summary>Longest encoding that is read; 28 digits need 12 bytes, longer ones are sign-extended.</summary>
    public const int MaxBytes = 16;

    private const int MaxPrecision = 28;

    private static readonly Int128[] PowersOfTen = MakePowers();

    /// <returns>Bytes written: the fewest that hold the value, at least one.</returns>
    public static int Encode(decimal value, int precision, int scale, Span<byte> target)
    {
        var unscaled = Unscale(value, precision, scale);
        Span<byte> all = stackalloc byte[MaxBytes];
        BinaryPrimitives.WriteInt128BigEndian(all, unscaled);
        var sign = unscaled < 0 ? (byte)0xff : (byte)0;
        var start = 0;
        while (start < MaxBytes - 1 && all[start] == sign && ((all[start + 1] ^ sign) & 0x80) == 0) start++;
        all[start..].CopyTo(target);
        return MaxBytes - start;
    }

    /// <summary>False for no bytes, more than 16, or more digits than the precision.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, int precision, int scale, out decimal value)
    {
        value = 0;
        if (bytes.IsEmpty || bytes.Length > MaxBytes) return false;
        Int128 unscaled = (sbyte)bytes[0];
        foreach (var part in bytes[1..]) unscaled = (unscaled << 8) | part;
        var magnitude = unscaled < 0 ? -unscaled : unscaled;
        // The smallest Int128 has no positive counterpart and stays negative.
        if (magnitude < 0 || magnitude >= PowersOfTen[precision]) return false;
        var low = (ulong)magnitude;
        var high = (uint)(magnitude >> 64);
        value = new decimal((int)low, (int)(low >> 32), (int)high, unscaled < 0, (byte)scale);
        return true;
    }

    private static Int128 Unscale(decimal value, int precision, int scale)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(value, parts);
        var ownScale = (parts[3] >> 16) & 0xff;
        Int128 magnitude = new((uint)parts[2], ((ulong)(uint)parts[1] << 32) | (uint)parts[0]);
        if (ownScale <= scale)
        {
            var limit = PowersOfTen[precision] / PowersOfTen[scale - ownScale];
            if (magnitude >= limit) Refuse(precision, scale);
            magnitude *= PowersOfTen[scale - ownScale];
        }
        else
        {
            (magnitude, var rest) = Int128.DivRem(magnitude, PowersOfTen[ownScale - scale]);
            if (rest != 0 || magnitude >= PowersOfTen[precision]) Refuse(precision, scale);
        }

        return parts[3] < 0 ? -magnitude : magnitude;
    }

    // The value is left out of the message: amounts do not belong in logs.
    private static void Refuse(int precision, int scale) =>
        throw new ArgumentOutOfRangeException("value", $"The amount does not fit decimal({precision},{scale}); round or bound it before writing.");

    private static Int128[] MakePowers()
    {
        var powers = new Int128[MaxPrecision + 1];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++) powers[i] = powers[i - 1] * 10;
        return powers;
    }
}
