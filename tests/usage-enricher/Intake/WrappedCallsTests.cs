using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Tests.Intake;

/// <summary>Spans below one another: one call seen twice is booked once, and two calls are both booked.</summary>
public sealed class WrappedCallsTests
{
    private const string A = "aaa19b7ec3c1b171";
    private const string B = "bbb19b7ec3c1b172";
    private const string C = "ccc19b7ec3c1b173";
    private const string D = "ddd19b7ec3c1b174";

    [Fact]
    public void Read_OfAnotherModelsEmbeddingsBelowAChat_BooksBoth() =>
        Assert.Equal([(A, 500_000L), (B, 7L)], Booked(Call(A, "", "chat", "gpt-4.1", 500_000, 10_000), Call(B, A, "embeddings", "text-embedding-3-small", 7, null)));

    /// <summary>Neither model nor figures tell them apart: embedding is another kind of work.</summary>
    [Fact]
    public void Read_OfEmbeddingsThatFitTheChatAbove_BooksBoth() =>
        Assert.Equal([A, B], Ids(Call(A, "", "chat", "gpt-4.1", 100, null), Call(B, A, "embeddings", null, 100, null)));

    [Theory]
    [InlineData("gen_ai.operation.name=stringValue:\"execute_tool\"")]
    [InlineData("gen_ai.operation.name=stringValue:\"invoke_agent\"")]
    [InlineData("openinference.span.kind=stringValue:\"TOOL\"")]
    [InlineData("traceloop.span.kind=stringValue:\"agent\"")]
    [InlineData("mcp.method.name=stringValue:\"tools/call\"")]
    public void Read_OfASubAgentsChatBelowATool_BooksBoth(string between)
    {
        // Of the same model, with the same figures: what a tool does is its own.
        Assert.Equal([A, C], Ids(Call(A, "", "chat", "gpt-4.1", 500_000, 10_000), Foreign.Span(B, A, between), Call(C, B, "chat", "gpt-4.1", 500_000, 10_000)));
        Assert.Equal([A, D], Ids(
            Call(A, "", "chat", "gpt-4.1", 5, 1), Foreign.Span(B, A, between), Foreign.Span(C, B, "http.method=stringValue:\"POST\""), Call(D, C, "chat", "gpt-4.1", 5, 1)));
    }

    [Fact]
    public void Read_OfAnotherModelsChatBelowAChat_BooksBoth() =>
        Assert.Equal([A, B], Ids(Call(A, "", "chat", "gpt-4.1", 500_000, 10_000), Call(B, A, "chat", "gpt-4.1-mini", 500_000, 10_000)));

    [Fact]
    public void Read_OfALargerChatBelowAChat_BooksBoth() =>
        Assert.Equal([A, B], Ids(Call(A, "", "chat", "gpt-4.1", 100, 10), Call(B, A, "chat", "gpt-4.1", 200, 10)));

    /// <summary>Far below, in work that no attribute tells: only the very figures are the same call.</summary>
    [Fact]
    public void Read_OfASmallerChatFarBelowAChat_BooksBoth() =>
        Assert.Equal([A, C], Ids(Call(A, "", "chat", "gpt-4.1", 500_000, 10_000), Foreign.Span(B, A, "code.function=stringValue:\"look_up\""), Call(C, B, "chat", "gpt-4.1", 50, 10)));

    [Theory]
    [InlineData("chat", "gpt-4o", 100, 20)]
    [InlineData("chat", "gpt-4o-2024-08-06", 100, 20)]
    [InlineData("chat", "openai/gpt-4o", 100, 20)]
    [InlineData("chat", null, 100, 20)]
    [InlineData("chat", "gpt-4o", null, null)]
    [InlineData("chat", "gpt-4o", null, 20)]
    [InlineData("text_completion", "gpt-4o", 100, 20)]
    public void Read_OfAFrameworkAroundItsClient_BooksTheClients(string operation, string? model, int? input, int? output)
    {
        var outer = Call(A, "", operation, model, input, output);
        Assert.Equal([B], Ids(outer, Call(B, A, "chat", "gpt-4o", 100, 20)));
        Assert.Equal([D], Ids(
            outer, Foreign.Span(B, A, "openinference.span.kind=stringValue:\"CHAIN\""), Foreign.Span(C, B, "http.method=stringValue:\"POST\""), Call(D, C, "chat", "gpt-4o", 100, 20)));
    }

    [Fact]
    public void Read_OfAFrameworkThatSumsItsSteps_BooksTheSteps()
    {
        Assert.Equal([B, C], Ids(Call(A, "", "chat", "gpt-4o", 150, 30), Call(B, A, "chat", "gpt-4o", 100, 20), Call(C, A, "chat", "gpt-4o", 50, 10)));
        // One of them is in another record.
        Assert.Equal([B], Ids(Call(A, "", "chat", "gpt-4o", 150, 30), Call(B, A, "chat", "gpt-4o", 100, 20)));
    }

    /// <summary>Of a call and a side call below it, the one with the very figures is the call.</summary>
    [Fact]
    public void Read_OfAFrameworkAroundItsClientAndASideCall_BooksBothInner() =>
        Assert.Equal([B, C], Ids(Call(A, "", "chat", "gpt-4o", 100, 20), Call(B, A, "chat", "gpt-4o", 100, 20), Call(C, A, "chat", "gpt-4o", 50, 10)));

    [Fact]
    public void Read_OfThreeLayers_BooksTheInnermostWithFigures()
    {
        Assert.Equal([C], Ids(Call(A, "", "chat", "gpt-4o", 100, 20), Call(B, A, "chat", "gpt-4o", null, null), Call(C, B, "chat", "gpt-4o", 100, 20)));
        Assert.Equal([A], Ids(Call(A, "", "chat", "gpt-4o", 100, 20), Call(B, A, "chat", "gpt-4o", null, null), Call(C, B, "chat", "gpt-4o", null, null)));
        Assert.Equal([C], Ids(Call(A, "", "chat", "gpt-4o", null, null), Call(B, A, "chat", "gpt-4o", null, null), Call(C, B, "chat", "gpt-4o", null, null)));
    }

    /// <summary>One instrumentation counts cached tokens with the input, the other beside it.</summary>
    [Fact]
    public void Read_OfCountsWithAndWithoutTheCache_AreTheSameCall()
    {
        string[] cached = ["gen_ai.usage.cache_read.input_tokens=intValue:900"];
        Assert.Equal([B], Ids(Call(A, "", "chat", "claude-opus-4-7", 1000, 20), Call(B, A, "chat", "claude-opus-4-7", 100, 20, cached)));
        Assert.Equal([B], Ids(Call(A, "", "chat", "claude-opus-4-7", 100, 20, cached), Call(B, A, "chat", "claude-opus-4-7", 1000, 20)));
    }

    [Fact]
    public void Read_OfSpansThatAreAboveThemselves_LosesNone()
    {
        Assert.Equal([A, B], Ids(Call(A, B, "chat", "gpt-4o", 100, 20), Call(B, A, "chat", "gpt-4o", 100, 20)));
        Assert.Equal([A], Ids(Call(A, A, "chat", "gpt-4o", 100, 20)));
    }

    [Fact]
    public void Read_OfASpanThatStandsTwice_BooksItOnce() =>
        Assert.Equal([B], Ids(Call(A, "", "chat", "gpt-4o", 100, 20), Call(A, "", "chat", "gpt-4o", 100, 20), Call(B, A, "chat", "gpt-4o", 100, 20)));

    private static string Call(string id, string parent, string operation, string? model, int? input, int? output, params string[] more)
    {
        string?[] attributes =
        [
            $"gen_ai.operation.name=stringValue:\"{operation}\"", "gen_ai.provider.name=stringValue:\"openai\"",
            model is null ? null : $"gen_ai.request.model=stringValue:\"{model}\"",
            input is null ? null : $"gen_ai.usage.input_tokens=intValue:{input}", output is null ? null : $"gen_ai.usage.output_tokens=intValue:{output}",
        ];
        return Foreign.Span(id, parent, [.. attributes.OfType<string>(), .. more]);
    }

    private static IEnumerable<string?> Ids(params string[] spans) => Read(spans).Select(static call => call.SpanId);

    private static IEnumerable<(string?, long?)> Booked(params string[] spans) => Read(spans).Select(static call => (call.SpanId, call.Usage?.InputTotal));

    private static IReadOnlyList<LLMUsageAudit> Read(string[] spans)
    {
        var (calls, dead) = Foreign.Read(Foreign.OtelTopic, Foreign.Traces(spans));
        Assert.Empty(dead);
        // Whichever span comes first in the record.
        Assert.Equal(calls.Select(static call => call.SpanId).Order(), Foreign.Read(Foreign.OtelTopic, Foreign.Traces(spans.Reverse())).Calls.Select(static call => call.SpanId).Order());
        return calls;
    }
}
