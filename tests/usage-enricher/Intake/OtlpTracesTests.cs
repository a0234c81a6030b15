using Pipeline.Runtime.DeadLetters;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Intake;

namespace Pipeline.UsageEnricher.Tests.Intake;

public sealed class OtlpTracesTests
{
    private const string Id = "eee19b7ec3c1b174";

    private static readonly string[] Current =
    [
        "gen_ai.operation.name=stringValue:\"chat\"", "gen_ai.provider.name=stringValue:\"openai\"", "gen_ai.request.model=stringValue:\"gpt-4o\"",
        "gen_ai.response.model=stringValue:\"gpt-4o-2024-08-06\"", "gen_ai.response.id=stringValue:\"chatcmpl-1\"",
        "gen_ai.response.finish_reasons=arrayValue:{\"values\":[{\"stringValue\":\"stop\"}]}", "gen_ai.request.stream=boolValue:true",
        "gen_ai.response.time_to_first_chunk=doubleValue:0.25", "server.address=stringValue:\"api.openai.com\"", "gen_ai.conversation.id=stringValue:\"conv-1\"",
        "gen_ai.usage.input_tokens=intValue:\"1000\"", "gen_ai.usage.output_tokens=intValue:\"250\"", "gen_ai.usage.cache_read.input_tokens=intValue:\"600\"",
        "gen_ai.usage.reasoning.output_tokens=intValue:200", "user.id=stringValue:\"ann\"",
        "gen_ai.input.messages=stringValue:\"canary-prompt\"", "gen_ai.output.messages=stringValue:\"canary-reply\"",
    ];

    [Fact]
    public void Read_OfCurrentConvention_TakesOverEverything()
    {
        var call = One(Current);
        Assert.Equal((EventSource.Otel, "openai", "api.openai.com", "chat", "gpt-4o", "gpt-4o-2024-08-06"), (call.Source, call.Provider, call.Upstream, call.Operation, call.RequestModel, call.ResponseModel));
        Assert.Equal(("5b8efff798038103d269b633813fc60c", Id, "chatcmpl-1", true), (call.TraceId, call.SpanId, call.ProviderResponseId, call.Streaming));
        Assert.Equal((DateTimeOffset.FromUnixTimeMilliseconds(1795262430000), 2_900_000L, 250_000L), (call.StartedAt, call.DurationUs, call.TimeToFirstTokenUs));
        Assert.Equal(("shop", "ann", "checkout", "conv-1", "prod"), (call.Attribution.Team, call.Attribution.User, call.Attribution.Feature, call.Attribution.Session, call.Attribution.Environment));
        Assert.Equal((400L, 600L, 50L, 200L), (call.Usage!.InputUncached, call.Usage.CacheRead, call.Usage.OutputText, call.Usage.Reasoning));
        Assert.Equal((1000L, 250L, UsageQuality.Unknown, UsageSource.Provider), (call.Usage.InputTotal, call.Usage.OutputTotal, call.UsageQuality, call.UsageSource));
        Assert.Equal(["stop"], call.FinishReasons);
        Assert.Empty(call.Corrections);
        Assert.Equal(8, call.EventId.Version);
    }

    [Theory]
    [InlineData("gen_ai.system=stringValue:\"openai\";gen_ai.usage.prompt_tokens=intValue:\"10\";gen_ai.usage.completion_tokens=intValue:\"5\";gen_ai.operation.name=stringValue:\"chat\"")]
    [InlineData("gen_ai.system=stringValue:\"openai\";gen_ai.usage.input_tokens=doubleValue:10;gen_ai.usage.output_tokens=doubleValue:5.0")]
    [InlineData("gen_ai.system=stringValue:\"openai\";llm.request.type=stringValue:\"chat\";gen_ai.usage.prompt_tokens=intValue:10;gen_ai.usage.completion_tokens=intValue:5;llm.usage.total_tokens=intValue:15")]
    [InlineData("llm.provider=stringValue:\"openai\";openinference.span.kind=stringValue:\"LLM\";llm.model_name=stringValue:\"gpt-4o\";llm.token_count.prompt=intValue:10;llm.token_count.completion=intValue:5")]
    public void Read_OfOlderConventions_TakesThemAndSaysSo(string attributes)
    {
        var call = One(["gen_ai.request.model=stringValue:\"gpt-4o\"", .. attributes.Split(';')]);
        Assert.Equal(("openai", "chat", "gpt-4o", 10L, 5L), (call.Provider, call.Operation, call.RequestModel, call.Usage!.InputTotal, call.Usage.OutputTotal));
        Assert.Equal([Correction.OlderNames], call.Corrections);
    }

    [Theory]
    [InlineData("azure.ai.openai", "azure")]
    [InlineData("aws.bedrock", "bedrock")]
    [InlineData("gcp.gemini", "google")]
    [InlineData("gcp.vertex_ai", "vertex")]
    [InlineData("mistral_ai", "mistral")]
    [InlineData("x_ai", "xai")]
    [InlineData("deepseek", "deepseek")]
    public void Read_OfProvider_NamesItAsTheGatewayDoes(string name, string provider) =>
        Assert.Equal(provider, One([.. Current, $"gen_ai.provider.name=stringValue:\"{name}\""]).Provider);

    /// <summary>langfuse#13571: OpenInference's cache attributes were not recognised, and cached tokens priced as new ones.</summary>
    [Fact]
    public void Read_OfOpenInferenceCache_KeepsItApart()
    {
        var call = One(
        [
            "llm.provider=stringValue:\"anthropic\"", "openinference.span.kind=stringValue:\"LLM\"", "llm.model_name=stringValue:\"claude-sonnet-4-5\"", "llm.token_count.prompt=intValue:1000",
            "llm.token_count.completion=intValue:5", "llm.token_count.total=intValue:1005", "llm.token_count.prompt_details.cache_read=intValue:900", "llm.token_count.prompt_details.cache_write=intValue:50",
        ]);
        Assert.Equal((50L, 900L, 50L, UsageQuality.Consistent), (call.Usage!.InputUncached, call.Usage.CacheRead, call.Usage.CacheWrite, call.UsageQuality));
    }

    [Theory]
    [InlineData("anthropic", 100, 5, 905, 800, 0, 900, 5, Correction.CacheAdded)]
    [InlineData("anthropic", 100, 5, null, 800, 0, 900, 5, Correction.CacheAdded)]
    [InlineData("openai", 1000, 5, 1005, 800, 0, 1000, 5, null)]
    [InlineData("gcp.gemini", 100, 5, null, 0, 40, 100, 45, Correction.ReasoningAdded)]
    [InlineData("gcp.gemini", 100, 50, 190, 0, 40, 100, 90, Correction.ReasoningAdded)]
    [InlineData("openai", 100, 50, 150, 0, 40, 100, 50, null)]
    public void Read_OfFiguresBesideEachOther_PutsTotalsRight(string provider, int input, int output, int? total, int cache, int reasoning, long inputTotal, long outputTotal, string? correction)
    {
        var call = One([.. Figures(provider, input, output, total, cache, reasoning)]);
        Assert.Equal((inputTotal, outputTotal), (call.Usage!.InputTotal, call.Usage.OutputTotal));
        Assert.Equal(inputTotal - cache, call.Usage.InputUncached);
        Assert.Equal(outputTotal - reasoning, call.Usage.OutputText);
        Assert.Equal(correction is null ? [] : [correction], call.Corrections.Except([Correction.OlderNames]));
        Assert.NotEqual(UsageQuality.Inconsistent, call.UsageQuality);
    }

    [Theory]
    [InlineData("openai", 100, 5, null, 800, 0)]
    [InlineData("openai", 100, 5, 300, 0, 0)]
    [InlineData("openai", 100, 5, null, 0, 40)]
    public void Read_OfFiguresThatCannotBe_IsInconsistentAndWithinTheTotals(string provider, int input, int output, int? total, int cache, int reasoning)
    {
        var call = One([.. Figures(provider, input, output, total, cache, reasoning)]);
        Assert.Equal((UsageQuality.Inconsistent, 100L, 5L), (call.UsageQuality, call.Usage!.InputTotal, call.Usage.OutputTotal));
        Assert.Equal(100, call.Usage.InputUncached + call.Usage.CacheRead);
        Assert.Equal(5, call.Usage.OutputText + call.Usage.Reasoning);
        Assert.Equal(cache, call.Usage.CachedReported);
    }

    [Theory]
    [InlineData("error.type=stringValue:\"429\"", Outcome.RateLimited, 429)]
    [InlineData("error.type=stringValue:\"RateLimitError\"", Outcome.RateLimited, null)]
    [InlineData("error.type=stringValue:\"APITimeoutError\"", Outcome.Timeout, null)]
    [InlineData("error.type=stringValue:\"500\"", Outcome.UpstreamError, 500)]
    [InlineData("http.response.status_code=intValue:503", Outcome.UpstreamError, 503)]
    [InlineData("http.response.status_code=intValue:200", Outcome.Ok, 200)]
    public void Read_OfOutcome_IsItsErrorType(string attribute, Outcome outcome, int? status)
    {
        var call = One([.. Current, attribute]);
        Assert.Equal((outcome, status), (call.Outcome, call.StatusCode));
        Assert.Equal(outcome == Outcome.Ok ? UsageSource.Provider : UsageSource.Partial, call.UsageSource);
    }

    [Fact]
    public void Read_OfRegionalAddress_TellsTheRegion()
    {
        Assert.Equal("eu-west-1", One([.. Current, "server.address=stringValue:\"bedrock-runtime.eu-west-1.amazonaws.com\""]).Region);
        Assert.Equal("europe-west4", One([.. Current, "server.address=stringValue:\"europe-west4-aiplatform.googleapis.com\""]).Region);
        Assert.Null(One(Current).Region);
    }

    [Theory]
    [InlineData("invoke_agent")]
    [InlineData("create_agent")]
    [InlineData("execute_tool")]
    [InlineData("retrieval")]
    [InlineData("invoke_workflow")]
    public void Read_OfSpanThatIsNoModelCall_BooksNothing(string operation)
    {
        var (calls, dead) = Read(Foreign.Span(Id, "", [.. Current, $"gen_ai.operation.name=stringValue:\"{operation}\""]), Foreign.Span("eee19b7ec3c1b175", Id, "http.method=stringValue:\"GET\""));
        Assert.Empty(calls);
        Assert.Empty(dead);
    }

    /// <summary>A framework's span, its client library's below it, and an unrelated one: two calls.</summary>
    [Fact]
    public void Read_OfSpanAroundAnother_BooksTheInnerOnly()
    {
        var (calls, _) = Read(
            Foreign.Span(Id, "", Current),
            Foreign.Span("eee19b7ec3c1b175", Id, "http.method=stringValue:\"POST\""),
            Foreign.Span("eee19b7ec3c1b176", "eee19b7ec3c1b175", Current),
            Foreign.Span("eee19b7ec3c1b177", "0000000000000001", Current));
        Assert.Equal(["eee19b7ec3c1b176", "eee19b7ec3c1b177"], calls.Select(call => call.SpanId));
        Assert.Equal(2, calls.Select(call => call.EventId).Distinct().Count());
    }

    [Fact]
    public void Read_OfSpanWithoutIds_BuriesTheRecordAndBooksTheRest()
    {
        var (calls, dead) = Read(Foreign.Span("", "", Current), Foreign.Span("eee19b7ec3c1b176", "", Current));
        Assert.Single(calls);
        Assert.Equal((DeadLetterReason.InvalidRecord, "1 of 2 spans of model calls have no trace id, span id, start or end"), (dead[0].Reason, dead[0].Message));
    }

    [Theory]
    [InlineData("{}", DeadLetterReason.InvalidRecord)]
    [InlineData("""{"resourceSpans":7}""", DeadLetterReason.InvalidRecord)]
    [InlineData("[1,2", DeadLetterReason.Malformed)]
    [InlineData("canary", DeadLetterReason.Malformed)]
    public void Read_OfWhatIsNoRequest_BuriesIt(string json, DeadLetterReason reason)
    {
        var (calls, dead) = Foreign.Read(Foreign.OtelTopic, json);
        Assert.Empty(calls);
        Assert.Equal(reason, Assert.Single(dead).Reason);
    }

    [Theory]
    [InlineData("gen_ai.usage.input_tokens=intValue:\"-5\"")]
    [InlineData("gen_ai.usage.input_tokens=intValue:\"9999999999999999999999\"")]
    [InlineData("gen_ai.usage.input_tokens=stringValue:{}")]
    [InlineData("gen_ai.usage.input_tokens=doubleValue:1e300")]
    [InlineData("gen_ai.usage.input_tokens=boolValue:true")]
    public void Read_OfCountThatIsNone_LeavesItOut(string attribute) =>
        Assert.Equal((null, 250L), (One([.. Current.Where(one => !one.Contains("cache_read")), attribute]).Usage!.InputTotal, One([.. Current, attribute]).Usage!.OutputTotal));

    private static IEnumerable<string> Figures(string provider, int input, int output, int? total, int cache, int reasoning) =>
    [
        "gen_ai.operation.name=stringValue:\"chat\"", $"gen_ai.provider.name=stringValue:\"{provider}\"", $"gen_ai.usage.input_tokens=intValue:\"{input}\"",
        $"gen_ai.usage.output_tokens=intValue:\"{output}\"", $"gen_ai.usage.cache_read.input_tokens=intValue:\"{cache}\"", $"gen_ai.usage.reasoning.output_tokens=intValue:\"{reasoning}\"",
        .. total is null ? Array.Empty<string>() : [$"gen_ai.usage.total_tokens=intValue:\"{total}\""],
    ];

    private static LLMUsageAudit One(IReadOnlyList<string> attributes) => Foreign.One(Foreign.OtelTopic, Foreign.Traces(Foreign.Span(Id, "", attributes)));

    private static (IReadOnlyList<LLMUsageAudit> Calls, IReadOnlyList<Runtime.Transforming.DeadLetter> Dead) Read(params IEnumerable<string> spans) =>
        Foreign.Read(Foreign.OtelTopic, Foreign.Traces(spans));
}
