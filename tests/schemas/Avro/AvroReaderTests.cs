using Pipeline.Schemas.Avro;
using Xunit;

namespace Pipeline.Schemas.Tests.Avro;

public sealed class AvroReaderTests
{
    [Theory]
    [InlineData(0L, "00")]
    [InlineData(-1L, "01")]
    [InlineData(1L, "02")]
    [InlineData(-64L, "7f")]
    [InlineData(64L, "8001")]
    [InlineData(long.MaxValue, "feffffffffffffffff01")]
    [InlineData(long.MinValue, "ffffffffffffffffff01")]
    public void Long_KnownValue_HasTheSpecifiedBytes(long value, string hex)
    {
        using var writer = new AvroWriter();
        writer.WriteLong(value);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.WrittenSpan));
        var reader = new AvroReader(writer.WrittenSpan);
        Assert.Equal(value, reader.ReadLong());
        Assert.False(reader.Failed);
    }

    [Theory]
    [InlineData("", "no byte")]
    [InlineData("80", "cut off")]
    [InlineData("ffffffffffffffffff02", "65 bits")]
    [InlineData("8080808080808080808001", "eleven bytes")]
    public void Long_Malformed_Fails(string hex, string why)
    {
        var reader = new AvroReader(Convert.FromHexString(hex));
        reader.ReadLong();
        Assert.True(reader.Failed, why);
    }

    [Fact]
    public void Int_Over32Bits_Fails()
    {
        using var writer = new AvroWriter();
        writer.WriteLong(1L << 31);
        var reader = new AvroReader(writer.WrittenSpan);
        reader.ReadInt();
        Assert.True(reader.Failed);
    }

    [Theory]
    [InlineData("0", "0200")]
    [InlineData("0.000000000001", "0201")]
    [InlineData("-0.000000000001", "02ff")]
    [InlineData("0.000000000128", "040080")]
    [InlineData("-0.000000000128", "0280")]
    [InlineData("-0.000000000129", "04ff7f")]
    [InlineData("1", "0c00e8d4a51000")]
    [InlineData("9999999999999999.999999999999", "18204fce5e3e2502610fffffff")]
    [InlineData("-9999999999999999.999999999999", "18dfb031a1c1dafd9ef0000001")]
    public void Decimal_Scale12_IsTheShortestTwosComplement(string text, string hex)
    {
        var value = decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        using var writer = new AvroWriter();
        writer.WriteDecimal(value, 28, 12);
        Assert.Equal(hex, Convert.ToHexStringLower(writer.WrittenSpan));
        var reader = new AvroReader(writer.WrittenSpan);
        Assert.Equal(value, reader.ReadDecimal(28, 12));
        Assert.False(reader.Failed);
    }

    [Theory]
    [InlineData("00", "no digit")]
    [InlineData("18204fce5e", "cut off")]
    [InlineData("18204fce5e3e25026110000000", "10^28 has 29 digits")]
    [InlineData("18dfb031a1c1dafd9ef0000000", "-10^28 has 29 digits")]
    [InlineData("2080000000000000000000000000000000", "-2^127")]
    [InlineData("220000000000000000000000000000000001", "17 bytes")]
    public void Decimal_ThatDoesNotFit_Fails(string hex, string why)
    {
        var reader = new AvroReader(Convert.FromHexString(hex));
        reader.ReadDecimal(28, 12);
        Assert.True(reader.Failed, why);
    }

    [Fact]
    public void Decimal_WithSignExtension_IsRead()
    {
        var reader = new AvroReader(Convert.FromHexString("08ffffffff"));
        Assert.Equal(-0.000000000001m, reader.ReadDecimal(28, 12));
        Assert.False(reader.Failed);
    }

    [Theory]
    [InlineData("0.0000000000001")]
    [InlineData("10000000000000000")]
    [InlineData("-10000000000000000")]
    [InlineData("79228162514264337593543950335")]
    public void Decimal_BeyondPrecisionOrScale_IsRefusedBeforeAnythingIsWritten(string text)
    {
        using var writer = new AvroWriter();
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteDecimal(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture), 28, 12));
        Assert.Equal(0, writer.Length);
    }

    [Fact]
    public void Decimal_RandomAmounts_ComeBackEqual()
    {
        for (var seed = 0; seed < 5_000; seed++)
        {
            var random = new Random(seed);
            var scale = random.Next(2) == 0 ? 12 : 15;
            var value = new decimal(random.Next(), random.Next(), random.Next(1 << 29), random.Next(2) == 0, (byte)random.Next(scale + 1));
            if (Math.Abs(value) >= (decimal)Math.Pow(10, 28 - scale)) continue;
            using var writer = new AvroWriter();
            writer.WriteDecimal(value, 28, scale);
            var reader = new AvroReader(writer.WrittenSpan);
            Assert.True(reader.ReadDecimal(28, scale) == value && !reader.Failed, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData("2026-03-01T12:00:00.1234567Z")]
    [InlineData("1969-12-31T23:59:59.9999999Z")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.9999999Z")]
    [InlineData("2026-03-01T12:00:00+05:30")]
    public void Timestamp_AnyInstant_ComesBackInWholeMicroseconds(string text)
    {
        var value = DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        using var writer = new AvroWriter();
        writer.WriteTimestampMicros(value);
        var reader = new AvroReader(writer.WrittenSpan);
        var read = reader.ReadTimestampMicros();
        Assert.False(reader.Failed);
        Assert.Equal(TimeSpan.Zero, read.Offset);
        Assert.Equal(TimestampMicros.Truncate(value), read);
        Assert.InRange((value - read).Ticks, 0, 9);
    }

    [Fact]
    public void Timestamp_Epoch_IsZero() => Assert.Equal(0, TimestampMicros.Of(DateTimeOffset.UnixEpoch));

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MinValue)]
    [InlineData(253_402_300_800_000_000)]
    public void Timestamp_OutsideTheCalendar_Fails(long micros)
    {
        using var writer = new AvroWriter();
        writer.WriteLong(micros);
        var reader = new AvroReader(writer.WrittenSpan);
        reader.ReadTimestampMicros();
        Assert.True(reader.Failed);
    }

    [Fact]
    public void String_ThatIsNotUtf8_Fails()
    {
        var reader = new AvroReader([0x04, 0xc3, 0x28]);
        reader.ReadString();
        Assert.True(reader.Failed);
    }

    [Fact]
    public void String_LongerThanTheInput_Fails()
    {
        var reader = new AvroReader(Convert.FromHexString("feffffffffffffffff0141"));
        Assert.Equal("", reader.ReadString());
        Assert.True(reader.Failed);
    }

    [Fact]
    public void Uuid_ThatIsNoUuid_Fails()
    {
        using var writer = new AvroWriter();
        writer.WriteString("019c0000-0000-7000-8000-00000000000z");
        var reader = new AvroReader(writer.WrittenSpan);
        reader.ReadUuid();
        Assert.True(reader.Failed);
    }

    [Fact]
    public void Array_BlocksWithNegativeCount_AreRead()
    {
        // Two blocks: -2 items in 4 bytes ("a", "b"), then 1 item ("c").
        byte[] body = [0x03, 0x08, 0x02, (byte)'a', 0x02, (byte)'b', 0x02, 0x02, (byte)'c', 0x00];
        var reader = new AvroReader(body);
        Assert.Equal(["a", "b", "c"], reader.ReadArray(static (ref AvroReader item) => item.ReadString()));
        Assert.False(reader.Failed);
        Assert.Equal(0, reader.Remaining);
    }

    [Theory]
    [InlineData("feffffffffffffffff01", "more items than bytes")]
    [InlineData("ffffffffffffffffff0100", "the smallest count has no positive form")]
    [InlineData("03fe0f", "block size beyond the input")]
    [InlineData("0301", "negative block size")]
    public void Array_CountThatCannotBe_Fails(string hex, string why)
    {
        var reader = new AvroReader(Convert.FromHexString(hex));
        reader.ReadArray(static (ref AvroReader item) => item.ReadString());
        Assert.True(reader.Failed, why);
    }

    [Fact]
    public void Array_OverTheItemBound_Fails()
    {
        using var writer = new AvroWriter();
        writer.WriteInt(AvroReader.MaxItems + 1);
        for (var i = 0; i <= AvroReader.MaxItems; i++) writer.WriteInt(0);
        writer.WriteInt(0);
        var reader = new AvroReader(writer.WrittenSpan);
        reader.ReadArray(static (ref AvroReader item) => item.ReadInt());
        Assert.True(reader.Failed);
    }

    [Theory]
    [InlineData(0x02, false)]
    [InlineData(0x08, true)]
    [InlineData(0x01, true)]
    public void Enum_IndexOutsideItsSymbols_Fails(byte encoded, bool fails)
    {
        var reader = new AvroReader([encoded]);
        reader.ReadEnum(4);
        Assert.Equal(fails, reader.Failed);
    }

    [Fact]
    public void Boolean_NeitherZeroNorOne_Fails()
    {
        var reader = new AvroReader([2]);
        reader.ReadBoolean();
        Assert.True(reader.Failed);
    }
}
