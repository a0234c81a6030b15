using Pipeline.GatewayEdge.Explaining;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Explaining;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Every recorded exchange, in every way its bytes can arrive.</summary>
public sealed class RecordedExchangesTests
{
    /// <summary>Bodies up to this size are split at every byte; larger ones at a sample of them.</summary>
    private const int EverySplitBytes = 8_000;

    private const int SampledSplits = 300;
    private const int RandomSplits = 20;

    [Theory]
    [MemberData(nameof(Recordings.Ids), MemberType = typeof(Recordings))]
    public void Reply_Whole_GivesTheExpectedUsage(string id)
    {
        var recording = Recordings.Get(id);
        var forwarded = Run(recording, Chunking.Whole(recording.ResponseBody));

        ExpectedUsage.AssertDisjoint(forwarded.Reply);
        if (recording.IsStrict)
            ExpectedUsage.AssertEqual(recording, forwarded.Reply);
        Assert.Equal(recording.ResponseBody, forwarded.Sent);
    }

    [Theory]
    [MemberData(nameof(Recordings.Ids), MemberType = typeof(Recordings))]
    public void Reply_SplitAnywhere_GivesTheSameEventAndTheSameBytes(string id)
    {
        var recording = Recordings.Get(id);
        var body = recording.ResponseBody;
        var whole = Run(recording, Chunking.Whole(body));
        var meter = new ForwarderModel(new ReplyMeter());

        var step = body.Length <= EverySplitBytes ? 1 : Math.Max(1, body.Length / SampledSplits);
        for (var at = 0; at <= body.Length; at += step)
            AssertSame(whole, Run(recording, Chunking.TwoParts(body, at), meter), body, $"split at {at}");

        AssertSame(whole, Run(recording, Chunking.Every(body, 1), meter), body, "byte by byte");
        AssertSame(whole, Run(recording, Chunking.Every(body, 7), meter), body, "every 7 bytes");
        var first = Environment.TickCount & 0xffff;
        for (var seed = first; seed < first + RandomSplits; seed++)
            AssertSame(whole, Run(recording, Chunking.Randomly(body, new Random(seed), 400), meter), body, $"seed {seed}");
    }

    /// <summary>The same where the recordings are not at hand.</summary>
    [Theory]
    [MemberData(nameof(OwnFixtures.Names), MemberType = typeof(OwnFixtures))]
    public void OwnFixture_SplitAnywhere_GivesTheSameEventAndTheSameBytes(string name)
    {
        var exchange = OwnFixtures.Exchange(name);
        var upstream = RecordedUpstream.Of(exchange);
        var match = ApiFamilies.Match(upstream.Api, exchange.Method, exchange.Path);
        var body = exchange.ReplyBody;
        var meter = new ForwarderModel(new ReplyMeter());
        Forwarded RunIn(IEnumerable<ReadOnlyMemory<byte>> chunks) => meter.Run(
            match.Family, chunks, exchange.Status, exchange.ContentType, isRelay: upstream.Provider != upstream.Api, urlModel: match.UrlModel, headers: exchange.Headers);

        var whole = RunIn(Chunking.Whole(body));
        for (var at = 0; at <= body.Length; at++)
            AssertSame(whole, RunIn(Chunking.TwoParts(body, at)), body, $"split at {at}");
        AssertSame(whole, RunIn(Chunking.Every(body, 1)), body, "byte by byte");
    }

    [Theory]
    [MemberData(nameof(Recordings.Ids), MemberType = typeof(Recordings))]
    public void Stream_OtherLineEndsAndComments_GivesTheSameEvent(string id)
    {
        var recording = Recordings.Get(id);
        if (recording.Framing is not ("sse" or "ndjson"))
            return;

        var whole = Run(recording, Chunking.Whole(recording.ResponseBody));
        var meter = new ForwarderModel(new ReplyMeter());
        foreach (var (how, variant) in StreamVariants.Of(recording.ResponseBody, recording.Framing == "sse"))
        {
            AssertSame(whole, Run(recording, Chunking.Whole(variant), meter), variant, how);
            AssertSame(whole, Run(recording, Chunking.Every(variant, 1), meter), variant, how + ", byte by byte");
        }
    }

    private static void AssertSame(Forwarded whole, Forwarded split, byte[] body, string how)
    {
        Assert.Equal((how, ReplyAssert.Describe(whole.Reply)), (how, ReplyAssert.Describe(split.Reply)));
        Assert.True(body.AsSpan().SequenceEqual(split.Sent), how);
        Assert.Equal((how, whole.Completed), (how, split.Completed));
    }

    private static Forwarded Run(Recording recording, IEnumerable<ReadOnlyMemory<byte>> chunks, ForwarderModel? meter = null)
    {
        Assert.Equal(recording.Api, recording.Match.Api);
        return (meter ?? new ForwarderModel(new ReplyMeter())).Run(recording, chunks);
    }

    [Theory]
    [MemberData(nameof(Recordings.Ids), MemberType = typeof(Recordings))]
    public void Request_Read_NamesTheModelAndTheStream(string id)
    {
        var recording = Recordings.Get(id);
        var facts = RequestReader.Read(recording.Match, recording.RequestBody);

        Assert.Equal(recording.RequestBody.Length == 0 ? RequestReadability.Empty : RequestReadability.Read, facts.Readability);
        Assert.Equal(recording.Expected.GetProperty("request_model").GetString(), facts.Model ?? recording.Match.UrlModel);
        if (recording.IsStream)
            Assert.True(facts.AsksForStream);
    }
}
