using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>What became of one reply that went through the meter.</summary>
/// <param name="Sent">Everything that reached the client, in order.</param>
/// <param name="SentBeforeAppend">How much of it had left when the event was appended.</param>
/// <param name="MaxHeld">Most bytes that the forwarder had to hold between two chunks.</param>
internal sealed record Forwarded(MeteredReply Reply, byte[] Sent, int SentBeforeAppend, int MaxHeld, bool Completed);

/// <summary>A forwarder as <see cref="ReplyPlan"/> describes it, checking the plan's rules on the way.</summary>
internal sealed class ForwarderModel(ReplyMeter meter)
{
    public Forwarded Run(Recording recording, IEnumerable<ReadOnlyMemory<byte>> chunks, string contentEncoding = "", bool countsText = false) => Run(
        recording.Match.Family,
        chunks,
        recording.Status,
        recording.ContentType,
        contentEncoding,
        isRelay: recording.Upstream.Provider != recording.Upstream.Api,
        urlModel: recording.Match.UrlModel,
        headers: recording.Exchange.Headers,
        countsText: countsText);

    public Forwarded Run(
        ApiFamily family,
        IEnumerable<ReadOnlyMemory<byte>> chunks,
        int status = 200,
        string contentType = "",
        string contentEncoding = "",
        bool isInjected = false,
        bool isRelay = false,
        bool transportComplete = true,
        string? urlModel = null,
        IEnumerable<KeyValuePair<string, string>>? headers = null,
        bool countsText = false)
    {
        meter.Begin(family, status, contentType, contentEncoding, isInjected, isRelay, urlModel);
        if (countsText)
            meter.CountText();
        foreach (var (name, value) in headers ?? [])
            meter.OnHeader(name, value);
        var sent = new List<byte>();
        byte[] held = [];
        var maxHeld = 0;
        var cuts = 0;
        MeteredReply? reply = null;
        var sentBeforeAppend = -1;
        foreach (var chunk in chunks)
        {
            var region = held.Length == 0 ? chunk.ToArray() : [.. held, .. chunk.Span];
            var plan = meter.Feed(chunk.Span);
            Check(plan, region.Length, ref cuts);
            if (reply is not null)
                Assert.Equal(new ReplyPlan(region.Length, Completes: false), plan);

            Send(region, 0, plan.ForwardNow, plan, sent);
            held = plan.ForwardNow == region.Length ? [] : region[plan.ForwardNow..];
            if (plan.Completes)
            {
                sentBeforeAppend = sent.Count;
                reply = meter.End(transportComplete: true);
                Send(region, plan.ForwardNow, region.Length, plan, sent);
                held = [];
            }

            if (!isInjected)
                Assert.Empty(held);
            maxHeld = Math.Max(maxHeld, held.Length);
        }

        var completed = reply is not null;
        if (reply is null)
        {
            sentBeforeAppend = sent.Count;
            reply = meter.End(transportComplete);
            Check(reply.Rest, held.Length, ref cuts);
            Assert.Equal(held.Length, reply.Rest.ForwardNow);
            Send(held, 0, held.Length, reply.Rest, sent);
        }

        return new Forwarded(reply, [.. sent], sentBeforeAppend, maxHeld, completed);
    }

    private static void Check(ReplyPlan plan, int region, ref int cuts)
    {
        Assert.InRange(plan.ForwardNow, 0, region);
        Assert.InRange(plan.FrameLength, 0, region - plan.ForwardNow);
        Assert.InRange(plan.CutStart, 0, region);
        Assert.InRange(plan.CutEnd, plan.CutStart, region);
        if (plan.CutLength > 0)
            Assert.Equal(1, ++cuts);
    }

    private static void Send(byte[] region, int start, int end, ReplyPlan plan, List<byte> sent)
    {
        if (plan.CutLength == 0)
        {
            sent.AddRange(region.AsSpan(start, end - start));
            return;
        }

        sent.AddRange(region.AsSpan(start, Math.Clamp(plan.CutStart - start, 0, end - start)));
        sent.AddRange(region.AsSpan(Math.Clamp(plan.CutEnd, start, end)..end));
    }
}

/// <summary>Ways to cut a body into chunks.</summary>
internal static class Chunking
{
    public static IEnumerable<ReadOnlyMemory<byte>> Whole(byte[] body) => [body];

    public static IEnumerable<ReadOnlyMemory<byte>> TwoParts(byte[] body, int at) => [body.AsMemory(0, at), body.AsMemory(at)];

    public static IEnumerable<ReadOnlyMemory<byte>> Every(byte[] body, int size)
    {
        for (var at = 0; at < body.Length; at += size)
            yield return body.AsMemory(at, Math.Min(size, body.Length - at));
    }

    public static IEnumerable<ReadOnlyMemory<byte>> Randomly(byte[] body, Random random, int most)
    {
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(random.Next(1, most + 1), body.Length - at);
            yield return body.AsMemory(at, size);
            at += size;
        }
    }
}
