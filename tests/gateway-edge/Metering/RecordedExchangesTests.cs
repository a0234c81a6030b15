using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Every recorded exchange, in every way its bytes can arrive.</summary>
public sealed class RecordedExchangesTests
{
    /// <summary>Bodies up to this size are split at every byte; larger ones at a sample of them.</summary>
    private const int EverySplitBytes = 20_000;

    private const int SampledSplits = 500;

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
            AssertSame(whole, Run(recording, Chunking.TwoParts(body, at), meter), body);

        AssertSame(whole, Run(recording, Chunking.Every(body, 1), meter), body);
        AssertSame(whole, Run(recording, Chunking.Every(body, 7), meter), body);
        for (var seed = 0; seed < 20; seed++)
            AssertSame(whole, Run(recording, Chunking.Randomly(body, new Random(seed), 400), meter), body);
    }

    private static void AssertSame(Forwarded whole, Forwarded split, byte[] body)
    {
        ReplyAssert.Equal(whole.Reply, split.Reply);
        Assert.Equal(body, split.Sent);
        Assert.Equal(whole.Completed, split.Completed);
    }

    private static Forwarded Run(Recording recording, IEnumerable<ReadOnlyMemory<byte>> chunks, ForwarderModel? meter = null)
    {
        var path = recording.Request.GetProperty("url_path").GetString()!;
        var match = ApiFamilies.Match(recording.Api[..recording.Api.IndexOf('.')], recording.Request.GetProperty("method").GetString()!, path);
        Assert.Equal(recording.Api, match.Api);
        return (meter ?? new ForwarderModel(new ReplyMeter())).Run(match.Family, chunks, recording.Status, recording.ContentType);
    }

    [Theory]
    [MemberData(nameof(Recordings.Ids), MemberType = typeof(Recordings))]
    public void Request_Read_NamesTheModelAndTheStream(string id)
    {
        var recording = Recordings.Get(id);
        var match = ApiFamilies.Match(recording.Api[..recording.Api.IndexOf('.')], "POST", recording.Request.GetProperty("url_path").GetString()!);
        var facts = RequestReader.Read(match, recording.RequestBody);

        Assert.Equal(RequestReadability.Read, facts.Readability);
        Assert.Equal(recording.Expected.GetProperty("request_model").GetString(), facts.Model);
        if (recording.IsStream)
            Assert.True(facts.AsksForStream);
    }
}
