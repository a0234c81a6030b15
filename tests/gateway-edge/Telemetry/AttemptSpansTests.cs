using System.Diagnostics;
using Pipeline.GatewayEdge.Telemetry;
using Pipeline.Runtime.Telemetry;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Telemetry;

/// <summary>Spans need a listener of the process: these tests do not run beside each other.</summary>
[Collection("spans")]
public sealed class AttemptSpansTests
{
    private const string TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Fact]
    public void NobodyListens_NothingIsDone()
    {
        var audit = SampleAudits.One();
        AttemptSpans.Record(audit, TraceParent);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) AttemptSpans.Record(audit, TraceParent);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Span_ContinuesTheCallersTrace_UnderTheConventionsNames()
    {
        var span = Record(SampleAudits.One(), TraceParent);

        Assert.Equal(("chat gpt-4o", ActivityKind.Client, ActivityStatusCode.Unset), (span.DisplayName, span.Kind, span.Status));
        Assert.Equal(("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"), (span.TraceId.ToHexString(), span.ParentSpanId.ToHexString()));
        Assert.Equal((TimeSpan.FromMicroseconds(1_234_567), new DateTime(2026, 11, 21, 10, 0, 0, DateTimeKind.Utc)), (span.Duration, span.StartTimeUtc));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["gen_ai.operation.name"] = "chat", ["gen_ai.provider.name"] = "openai", ["gen_ai.request.model"] = "gpt-4o", ["gen_ai.response.model"] = "gpt-4o-2026",
                ["gen_ai.conversation.id"] = "s1", ["gen_ai.request.stream"] = true, ["gen_ai.response.time_to_first_chunk"] = 0.25,
                ["gen_ai.usage.input_tokens"] = 9L, ["gen_ai.usage.output_tokens"] = 2L, ["gen_ai.usage.cache_read.input_tokens"] = 4L,
                ["gen_ai.usage.cache_write.input_tokens"] = 3L, ["gen_ai.usage.reasoning.output_tokens"] = 1L,
                ["http.response.status_code"] = 200, ["llm.upstream"] = "up", ["llm.attempt"] = 1, ["llm.attribution.tenant"] = "acme", ["llm.attribution.team"] = "search",
            }.OrderBy(static tag => tag.Key, StringComparer.Ordinal),
            span.TagObjects.Where(static tag => tag.Value is not string[]).OrderBy(static tag => tag.Key, StringComparer.Ordinal));
        Assert.Equal(["stop"], (string[])span.GetTagItem("gen_ai.response.finish_reasons")!);
    }

    [Fact]
    public void Span_OfAFailure_SaysWhich()
    {
        var span = Record(SampleAudits.One() with { Outcome = Outcome.Timeout, ErrorType = "idle_timeout", Usage = null, Provider = "google" }, "not a traceparent");

        Assert.Equal((ActivityStatusCode.Error, "idle_timeout", "gcp.gemini", null), (span.Status, span.GetTagItem("error.type"), span.GetTagItem("gen_ai.provider.name"), span.GetTagItem("gen_ai.usage.input_tokens")));
        Assert.Equal(default, span.ParentSpanId);
    }

    [Fact]
    public void Span_OfAnAnswerReadAgain_HasNoTokens()
    {
        var span = Record(SampleAudits.One() with { Operation = "retrieve" }, null);

        Assert.Equal(("fetch_response", null), (span.GetTagItem("gen_ai.operation.name"), span.GetTagItem("gen_ai.usage.input_tokens")));
    }

    [Fact]
    public void Span_ChargedApartFromUsed_ReportsWhatIsCharged()
    {
        var cohere = Record(
            SampleAudits.One() with { Billed = [new BilledUsage { Kind = "billed_units", Usage = new TokenUsage { InputTotal = 5, OutputTotal = 1 } }] }, null);
        var anthropic = Record(
            SampleAudits.One() with
            {
                Billed =
                [
                    new BilledUsage { Kind = "message", Usage = new TokenUsage { InputTotal = 10, OutputTotal = 3, CacheRead = 4, CacheWrite5m = 2 } },
                    new BilledUsage { Kind = "advisor_message", Model = "m2", Usage = new TokenUsage { InputTotal = 7, OutputTotal = 2, CacheWrite1h = 1, Reasoning = 1 } },
                ],
            },
            null);

        Assert.Equal((5L, 1L, null), (cohere.GetTagItem("gen_ai.usage.input_tokens"), cohere.GetTagItem("gen_ai.usage.output_tokens"), cohere.GetTagItem("gen_ai.usage.cache_read.input_tokens")));
        Assert.Equal(
            (17L, 5L, 4L, 3L, 1L),
            (anthropic.GetTagItem("gen_ai.usage.input_tokens"), anthropic.GetTagItem("gen_ai.usage.output_tokens"), anthropic.GetTagItem("gen_ai.usage.cache_read.input_tokens"),
                anthropic.GetTagItem("gen_ai.usage.cache_write.input_tokens"), anthropic.GetTagItem("gen_ai.usage.reasoning.output_tokens")));
    }

    private static Activity Record(LLMUsageAudit audit, string? traceParent)
    {
        var ended = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == PipelineMeter.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (ended) ended.Add(span);
            },
        };
        ActivitySource.AddActivityListener(listener);
        AttemptSpans.Record(audit, traceParent);
        // Gateways of other tests in this process may speak too: ours is the one of this thread.
        lock (ended) return ended.Last(span => span.DisplayName.StartsWith(audit.Operation == "retrieve" ? "fetch_response" : audit.Operation, StringComparison.Ordinal) && span.StartTimeUtc == audit.StartedAt.UtcDateTime);
    }
}
