using Pipeline.Schemas.Avro;
using Xunit;

namespace Pipeline.Schemas.Tests.Avro;

public sealed class RecordCodecTests
{
    private const int SeedsPerSubject = 200;

    public static TheoryData<string> Subjects => [.. RecordCodecs.All.Keys];

    [Theory, MemberData(nameof(Subjects))]
    public void Record_AnyBody_IsWrittenAsItWasRead(string subject)
    {
        var codec = RecordCodecs.All[subject];
        for (var seed = 0; seed < SeedsPerSubject; seed++)
        {
            var body = new RandomBody(seed).Of(codec.SchemaJson);
            Assert.True(codec.Rewrite(body)?.AsSpan().SequenceEqual(body) == true, $"seed {seed}");
        }
    }

    [Theory, MemberData(nameof(Subjects))]
    public void Record_MinimalAndFullBody_IsWrittenAsItWasRead(string subject)
    {
        var codec = RecordCodecs.All[subject];
        foreach (var fill in (Fill[])[Fill.Minimal, Fill.Full])
        {
            var body = new RandomBody(1, fill).Of(codec.SchemaJson);
            Assert.Equal(body, codec.Rewrite(body));
        }
    }

    [Theory, MemberData(nameof(Subjects))]
    public void Record_CutOffAnywhere_IsRefused(string subject)
    {
        var codec = RecordCodecs.All[subject];
        var body = new RandomBody(7, Fill.Full).Of(codec.SchemaJson);
        for (var length = 0; length < body.Length; length++)
            Assert.True(codec.Rewrite(body[..length]) is null, $"{length} of {body.Length} bytes were read as a whole record");
    }

    [Theory, MemberData(nameof(Subjects))]
    public void Record_AnyByteChanged_NeverThrowsOrOverallocates(string subject)
    {
        const long MaxAllocatedBytes = 4 * 1024 * 1024;
        var codec = RecordCodecs.All[subject];
        var body = new RandomBody(7, Fill.Full).Of(codec.SchemaJson);
        for (var i = 0; i < body.Length; i++)
        {
            foreach (var flip in (byte[])[0x01, 0x80, 0xff])
            {
                var broken = (byte[])body.Clone();
                broken[i] ^= flip;
                var before = GC.GetAllocatedBytesForCurrentThread();
                codec.Rewrite(broken);
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MaxAllocatedBytes, $"byte {i} ^ {flip}");
            }
        }
    }

    [Theory, MemberData(nameof(Subjects))]
    public void Record_RandomBytes_NeverThrows(string subject)
    {
        var codec = RecordCodecs.All[subject];
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var noise = new byte[random.Next(300)];
            random.NextBytes(noise);
            codec.Rewrite(noise);
        }
    }

    [Fact]
    public void Record_TrailingBytes_IsRefused()
    {
        var body = Encode(SampleRecords.Raw());
        Assert.False(AvroBody.TryRead<LLMUsageAudit>([.. body, 0], out _));
    }

    [Fact]
    public void LlmUsage_Encoded_IsTheEncodedRawEventAndTheAddedFields()
    {
        var enriched = SampleRecords.Enriched();
        using var writer = new AvroWriter();
        writer.WriteRaw(Encode(SampleRecords.Raw()));
        enriched.WriteAdded(writer);
        Assert.Equal(Encode(enriched), writer.WrittenSpan.ToArray());
    }

    [Fact]
    public void LlmUsage_ReadBack_HasItsValues()
    {
        Assert.True(AvroBody.TryRead<LlmUsage>(Encode(SampleRecords.Enriched()), out var read));
        Assert.Equal(SampleRecords.Raw().EventId, read.EventId);
        Assert.Equal(SampleRecords.Noon, read.StartedAt);
        Assert.Equal(28, read.Usage!.CacheRead);
        Assert.Null(read.Usage.Reasoning);
        Assert.Equal(1.5m, read.Quantities["audio_seconds"]);
        Assert.Equal(["stop"], read.FinishReasons);
        Assert.Equal("b", read.Attribution.Tags["beta"]);
        Assert.Equal(CostStatus.Priced, read.Cost.Status);
        Assert.Equal(0.000625m, read.Cost.ListTotal);
        Assert.Equal(12.5m, read.Cost.LineItems[0].Rate);
        Assert.Equal(2.5e-5, read.Impact!.Gwp!.Max);
        Assert.Equal(99, read.Raw.Offset);
        Assert.Equal(UsageInjection.NotApplicable, read.UsageInjection);
        Assert.Equal(1, read.Attempt);
    }

    [Fact]
    public void Write_MapsInAnyInsertionOrder_GiveTheSameBytes()
    {
        var one = SampleRecords.Raw() with { PriceContext = SampleRecords.Map(("b", "2"), ("a", "1"), ("B", "3")) };
        var other = one with { PriceContext = new SortedList<string, string>(StringComparer.OrdinalIgnoreCase) { ["a"] = "1", ["b"] = "2" } };
        other = other with { PriceContext = SampleRecords.Map(("B", "3"), ("a", "1"), ("b", "2")) };
        Assert.Equal(Encode(one), Encode(other));
    }

    [Fact]
    public void Write_MapOfManyNames_IsInOrder()
    {
        var names = Enumerable.Range(0, 100).Select(i => ($"n{(i * 37) % 100:00}", "v")).ToArray();
        Assert.True(AvroBody.TryRead<LLMUsageAudit>(Encode(SampleRecords.Raw() with { PriceContext = SampleRecords.Map(names) }), out var read));
        Assert.Equal(names.Select(name => name.Item1).Order(StringComparer.Ordinal), read.PriceContext.Keys);
    }

    [Fact]
    public void Write_AfterWarmUp_AllocatesNothing()
    {
        var record = SampleRecords.Enriched();
        using var writer = new AvroWriter();
        for (var i = 0; i < 3; i++)
        {
            writer.Reset();
            record.Write(writer);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            writer.Reset();
            record.Write(writer);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] Encode<T>(T record)
        where T : IAvroRecord<T>
    {
        using var writer = new AvroWriter();
        record.Write(writer);
        return writer.WrittenSpan.ToArray();
    }
}
