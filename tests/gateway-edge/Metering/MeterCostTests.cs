using System.Text;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Allocation budgets: time is noisy, bytes are not.</summary>
public sealed class MeterCostTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Chunks_OfARunningStream_AllocateNothing(bool isInjected)
    {
        foreach (var (family, text) in new[]
        {
            (OpenAIApis.Chat, Replies.ChatStreamStart),
            (OpenAIApis.Responses, Replies.ResponsesStream[..Replies.ResponsesStream.IndexOf("event: response.completed", StringComparison.Ordinal)]),
            (AnthropicApis.Messages, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n"),
            (GoogleApis.StreamGenerateContent, "data: " + Replies.GeminiFirstChunk + "\n\n"),
            (OpenAIApis.Transcription, Replies.TranscriptionStream[..Replies.TranscriptionStream.IndexOf("data: {\"type\":\"transcript.text.done", StringComparison.Ordinal)]),
            (OllamaApis.Chat, Replies.OllamaLines[..(Replies.OllamaLines.IndexOf('\n') + 1)]),
        })
        {
            var body = Replies.Bytes(text.Replace("\"finish_reason\":\"stop\"", "\"finish_reason\":null", StringComparison.Ordinal).Replace("response.created", "response.other", StringComparison.Ordinal));
            var meter = new ReplyMeter();
            meter.Begin(family, 200, "text/event-stream", "", isInjected, isRelay: false);
            Feed(meter, body, 13);

            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var round = 0; round < 50; round++)
            {
                Feed(meter, body, 13);
                Feed(meter, body, body.Length);
            }

            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void PlainBody_OfTenMegabytes_IsNotKept()
    {
        var text = new StringBuilder("{\"choices\":[{\"index\":0,\"message\":{\"content\":\"");
        while (text.Length < 10_000_000)
            text.Append("a \\\"quoted\\\" word, ");
        var body = Encoding.UTF8.GetBytes(text.Append("\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}").ToString());

        var meter = new ReplyMeter();
        meter.Begin(OpenAIApis.Chat, 200, "application/json", "", isInjected: false, isRelay: false);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Feed(meter, body, 16 * 1024);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var reply = meter.End(transportComplete: true);

        Assert.InRange(allocated, 0, 16 * 1024);
        Assert.Equal(2, reply.Usage!.OutputTotal);
    }

    [Fact]
    public void Pool_GivesBackWhatWasReturned()
    {
        var pool = new ReplyMeterPool();
        var meter = pool.Rent();
        pool.Return(meter);

        Assert.Same(meter, pool.Rent());
        Assert.NotSame(meter, pool.Rent());
    }

    private static void Feed(ReplyMeter meter, byte[] body, int chunk)
    {
        for (var at = 0; at < body.Length; at += chunk)
            meter.Feed(body.AsSpan(at, Math.Min(chunk, body.Length - at)));
    }
}
