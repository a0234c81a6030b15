using Pipeline.Schemas.Avro;
using Pipeline.Schemas.Tests;
using Pipeline.Schemas.Wire;

namespace Pipeline.Fuzzing.Tests;

/// <summary>The Avro reader on every record type: whatever the bytes, it gives a record or says that it failed.</summary>
public sealed class AvroTargets(ITestOutputHelper output)
{
    private const long ShortInputs = 200_000;
    private const long LongInputs = 4_000_000;

    /// <summary>
    /// A record holds copies of its strings and items; a count is not believed beyond <see cref="AvroReader.MaxItems"/>, whose items can be
    /// empty strings of no bytes but their length.
    /// </summary>
    private const long MaxAllocated = 8L << 20;

    private static readonly RecordCodec[] Codecs = [.. RecordCodecs.All.Values];

    private static readonly byte[][] Dictionary =
    [
        [0], [1], [2], [3], [0xff], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0xfe, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0x07], [0xc3, 0x28],
        new byte[40], .. new[] { "019c0000-0000-7000-8000-000000000001", "web_search", "gpt-5" }.Select(static text => (byte[])[(byte)(text.Length * 2), .. text.Select(static c => (byte)c)]),
    ];

    [Fact]
    public void AnyBytes_AreReadOrRefused() => Run(ShortInputs);

    [Fact(Explicit = true)]
    public void AnyBytes_AreReadOrRefused_Long() => Run(LongInputs);

    private void Run(long inputs)
    {
        byte[][] seeds = [Encode(SampleRecords.Raw()), Encode(SampleRecords.Enriched())];
        var read = 0L;
        output.WriteLine(FuzzRun.Run("avro", new Mutator(seeds, Dictionary), inputs, MaxAllocated, (ReadOnlySpan<byte> input, ref FuzzRandom random) =>
        {
            ConfluentFrame.TryRead(input, out _, out _);
            var codec = Codecs[random.Below(Codecs.Length)];
            if (codec.Rewrite(input.ToArray()) is not { } written) return;
            read++;
            // What could be read survives being written and read again, byte for byte.
            Assert.Equal(written, codec.Rewrite(written));
        }));
        Assert.True(read > inputs / 1_000, $"only {read} of {inputs} inputs were readable: the run proves little");
    }

    private static byte[] Encode<T>(T record)
        where T : class, IAvroRecord<T>
    {
        using var writer = new AvroWriter();
        record.Write(writer);
        return writer.WrittenSpan.ToArray();
    }
}
