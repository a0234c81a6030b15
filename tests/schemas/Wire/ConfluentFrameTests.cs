using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Wire;
using Xunit;

namespace Pipeline.Schemas.Tests.Wire;

public sealed class ConfluentFrameTests
{
    [Fact]
    public void Frame_Written_IsReadBack()
    {
        using var writer = new AvroWriter();
        ConfluentFrame.Write(writer, 0x01020304, SampleRecords.Raw());
        Assert.Equal([0, 1, 2, 3, 4], writer.WrittenSpan[..5].ToArray());
        Assert.True(ConfluentFrame.TryRead(writer.WrittenSpan, out var id, out var body));
        Assert.Equal(0x01020304, id);
        Assert.True(AvroBody.TryRead<LLMUsageAudit>(body, out var record));
        Assert.Equal("openai", record.Provider);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00000001")]
    [InlineData("0100000001")]
    [InlineData("7b2261223a317d")]
    public void Frame_OfAnotherFormat_IsRefused(string hex) =>
        Assert.False(ConfluentFrame.TryRead(Convert.FromHexString(hex), out _, out _));

    [Fact]
    public void Frame_WithoutBody_HasAnEmptyBody()
    {
        Assert.True(ConfluentFrame.TryRead([0, 0, 0, 0, 9], out var id, out var body));
        Assert.Equal(9, id);
        Assert.True(body.IsEmpty);
    }
}
