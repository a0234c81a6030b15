using System.IO.Compression;
using Pipeline.GatewayEdge.Explaining;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Explaining;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>The exchanges written by hand, in every way their bytes can arrive: every family has one, also where no recordings are.</summary>
public sealed class OwnFixtureSplitsTests
{
    private const int RandomSplits = 10;

    [Theory]
    [MemberData(nameof(OwnFixtures.Names), MemberType = typeof(OwnFixtures))]
    public void Fixture_SplitAnywhere_GivesTheSameEventAndTheSameBytes(string name)
    {
        var exchange = OwnFixtures.Exchange(name);
        var body = exchange.ReplyBody;
        var whole = Run(exchange, Chunking.Whole(body), new ReplyMeter());
        var meter = new ReplyMeter();
        for (var at = 0; at <= body.Length; at++)
            AssertSame(whole, Run(exchange, Chunking.TwoParts(body, at), meter), body, $"split at {at}");

        foreach (var size in new[] { 1, 7 })
            AssertSame(whole, Run(exchange, Chunking.Every(body, size), meter), body, $"every {size}");

        var first = Environment.TickCount & 0xffff;
        for (var seed = first; seed < first + RandomSplits; seed++)
            AssertSame(whole, Run(exchange, Chunking.Randomly(body, new Random(seed), 200), meter), body, $"seed {seed}");
    }

    [Theory]
    [MemberData(nameof(OwnFixtures.Names), MemberType = typeof(OwnFixtures))]
    public void Fixture_Encoded_GivesTheSameEvent(string name)
    {
        var exchange = OwnFixtures.Exchange(name);
        var whole = Run(exchange, Chunking.Whole(exchange.ReplyBody), new ReplyMeter());
        foreach (var coding in new[] { "gzip", "br" })
        {
            var encoded = Encode(coding, exchange.ReplyBody);
            foreach (var size in new[] { 1, 50, encoded.Length })
                AssertSame(whole, Run(exchange, Chunking.Every(encoded, Math.Max(1, size)), new ReplyMeter(), coding), encoded, $"{coding}, every {size}");
        }
    }

    [Theory]
    [MemberData(nameof(OwnFixtures.Names), MemberType = typeof(OwnFixtures))]
    public void Fixture_OtherLineEndsAndComments_GivesTheSameEvent(string name)
    {
        var exchange = OwnFixtures.Exchange(name);
        if (!exchange.ContentType.StartsWith("text/event-stream", StringComparison.Ordinal))
            return;

        var whole = Run(exchange, Chunking.Whole(exchange.ReplyBody), new ReplyMeter());
        foreach (var (how, variant) in StreamVariants.Of(exchange.ReplyBody, isEventStream: true))
            AssertSame(whole, Run(exchange, Chunking.Every(variant, 1), new ReplyMeter()), variant, how);
    }

    [Theory]
    [MemberData(nameof(OwnFixtures.Names), MemberType = typeof(OwnFixtures))]
    public void Fixture_AnyBytesBroken_IsForwardedAndNeverThrows(string name)
    {
        var exchange = OwnFixtures.Exchange(name);
        var random = new Random(17);
        var meter = new ReplyMeter();
        for (var trial = 0; trial < 300 && exchange.ReplyBody.Length > 0; trial++)
        {
            var broken = (byte[])exchange.ReplyBody.Clone();
            for (var count = random.Next(1, 4); count > 0; count--)
                broken[random.Next(broken.Length)] = (byte)random.Next(256);
            var forwarded = Run(exchange, Chunking.Every(broken, 61), meter);
            Assert.Equal(broken, forwarded.Sent);
            ExpectedUsage.AssertDisjoint(forwarded.Reply);
        }
    }

    private static void AssertSame(Forwarded whole, Forwarded split, byte[] body, string how)
    {
        Assert.Equal((how, ReplyAssert.Describe(whole.Reply)), (how, ReplyAssert.Describe(split.Reply)));
        Assert.True(body.AsSpan().SequenceEqual(split.Sent), how);
    }

    private static Forwarded Run(RecordedExchange exchange, IEnumerable<ReadOnlyMemory<byte>> chunks, ReplyMeter meter, string coding = "")
    {
        var upstream = RecordedUpstream.Of(exchange);
        var match = ApiFamilies.Match(upstream.Api, exchange.Method, exchange.Path);
        return new ForwarderModel(meter).Run(
            match.Family,
            chunks,
            exchange.Status,
            exchange.ContentType,
            coding,
            isRelay: upstream.Provider != upstream.Api,
            urlModel: match.UrlModel,
            headers: exchange.Headers);
    }

    private static byte[] Encode(string coding, byte[] body)
    {
        var encoded = new MemoryStream();
        using (Stream stream = coding == "gzip" ? new GZipStream(encoded, CompressionLevel.Fastest) : new BrotliStream(encoded, CompressionLevel.Fastest))
        {
            foreach (var chunk in Chunking.Every(body, 200))
            {
                stream.Write(chunk.Span);
                stream.Flush();
            }
        }

        return encoded.ToArray();
    }
}
