using Pipeline.GatewayEdge.Explaining;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Explaining;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>What the event of a call says of charges, tools and quantities beside its usage, on the exchanges written by hand.</summary>
public sealed class ChargedApartTests
{
    private static MeteredReply Reply(string fixture) => ExplainedExchange.Of(OwnFixtures.Exchange(fixture), new ReplyMeter()).Reply;

    [Fact]
    public void Iterations_SeveralOfThem_AreBilledOneByOneWithTheirModels()
    {
        var reply = Reply("anthropic-messages-iterations");

        Assert.Equal(
            [("compaction", null, 1000L, 50L), ("advisor_message", "claude-opus-4-8", 50L, 6L), ("message", null, 30L, 8L)],
            reply.Billed.Select(pass => (pass.Kind, pass.Model, pass.Usage.InputTotal!.Value, pass.Usage.OutputTotal!.Value)));
        Assert.Equal((100, 900, 10), (reply.Billed[0].Usage.CacheRead, reply.Billed[0].Usage.InputUncached, reply.Billed[1].Usage.CacheWrite5m));
        Assert.Equal((30, 8), (reply.Usage!.InputTotal, reply.Usage.OutputTotal));
        Assert.Equal("us", reply.PriceContext["inference_geo"]);
    }

    [Fact]
    public void Iterations_OnlyOne_AreTheUsage() => Assert.Empty(Reply("anthropic-messages-one-iteration").Billed);

    [Fact]
    public void Iterations_MoreThanTheRecordHolds_AreAddedToTheLastOfTheirKind()
    {
        var passes = string.Join(',', Enumerable.Repeat("""{"type":"compaction","input_tokens":1,"output_tokens":2}""", 40));
        var reply = Meter(AnthropicApis.Messages, $$"""{"usage":{"input_tokens":1,"output_tokens":2,"iterations":[{{passes}}]} }""");

        Assert.Equal(BilledPass.MaxPasses, reply.Billed.Count);
        Assert.Equal((40, 80), (reply.Billed.Sum(pass => pass.Usage.InputTotal), reply.Billed.Sum(pass => pass.Usage.OutputTotal)));
        Assert.Equal(UsageQuality.Consistent, reply.UsageQuality);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("[]")]
    [InlineData("[1,\"a\",null]")]
    [InlineData("[{},{}]")]
    [InlineData("[{\"type\":7,\"model\":8,\"input_tokens\":\"9\"},{\"cache_creation\":[]}]")]
    public void Iterations_OfWrongTypes_AreLeftOut(string iterations)
    {
        var reply = Meter(AnthropicApis.Messages, $$"""{"usage":{"input_tokens":1,"output_tokens":2,"iterations":{{iterations}}} }""");

        Assert.Empty(reply.Billed);
        Assert.Equal((1, 2, 0), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.ParseFailures));
    }

    [Fact]
    public void BatchResults_OfTwoModels_AreOneSumAndOneEntryForEach()
    {
        var reply = Reply("anthropic-batch-results-two-models");

        Assert.Equal((43, 9, 20), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.Usage.CacheWrite1h));
        Assert.Equal(
            [("claude-sonnet-4-6", 16L, 6L), ("claude-haiku-4-5", 27L, 3L)],
            reply.Billed.Select(pass => (pass.Model!, pass.Usage.InputTotal!.Value, pass.Usage.OutputTotal!.Value)));
        Assert.Equal((true, "batch", 2L), (reply.Background, reply.ServiceTier, reply.ToolCalls["web_search"]));
        Assert.Equal("""{"succeeded":3,"errored":1,"canceled":1,"expired":1}""", reply.ProviderUsage);
    }

    [Fact]
    public void BatchResults_OfOneModel_AreItsUsage()
    {
        var reply = Reply("anthropic-batch-results-one-model");

        Assert.Empty(reply.Billed);
        Assert.Equal("claude-sonnet-4-6", reply.ResponseModel);
        Assert.Null(reply.ErrorType);
    }

    [Fact]
    public void BatchResults_ReadByTheSameMeterAgain_StartFromNothing()
    {
        var meter = new ReplyMeter();
        var exchange = OwnFixtures.Exchange("anthropic-batch-results-two-models");
        var first = ExplainedExchange.Of(exchange, meter).Reply;

        ReplyAssert.Equal(first, ExplainedExchange.Of(exchange, meter).Reply);
    }

    [Fact]
    public void InvokedModel_WithoutABodyAfterOneWithCounts_HasNone()
    {
        var meter = new ReplyMeter();
        Assert.NotNull(ExplainedExchange.Of(OwnFixtures.Exchange("bedrock-invoke-llama"), meter).Reply.Usage);
        meter.Begin(BedrockApis.Invoke, 200, "application/json", "", isInjected: false, isRelay: false);

        Assert.Null(meter.End(transportComplete: true).Usage);
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("-5")]
    [InlineData("99999999999999999999")]
    public void HeaderThatIsNoCount_IsInconsistentAndNoFigure(string value)
    {
        var meter = new ReplyMeter();
        meter.Begin(BedrockApis.Invoke, 200, "application/json", "", isInjected: false, isRelay: false);
        meter.OnHeader("X-Amzn-Bedrock-Input-Token-Count", value);
        meter.OnHeader("x-amzn-bedrock-output-token-count", "4");
        meter.Feed("{}"u8);
        var reply = meter.End(transportComplete: true);

        Assert.Equal(((long?)null, 4, UsageQuality.Inconsistent), (reply.Usage!.InputTotal, reply.Usage.OutputTotal, reply.UsageQuality));
    }

    [Fact]
    public void Grounding_CountsDifferentQueriesThatAreNotEmpty()
    {
        Assert.Equal(2, Reply("google-streamGenerateContent-array").ToolCalls["google_search"]);
    }

    [Fact]
    public void Quantities_AreThoseThatArePaid()
    {
        Assert.Equal(9000, Reply("google-cachedContents-create").Quantities["cache_storage_tokens"]);
        Assert.Equal(2, Reply("vertex-predict-images").Quantities["images"]);
        Assert.Equal(2, Reply("cohere-rerank-v1").Quantities["search_units"]);
        Assert.Equal(1, Reply("cohere-classify").Quantities["classifications"]);
    }

    [Fact]
    public void Agent_IsABackgroundCall() => Assert.True(Reply("google-interactions-retrieved-agent").Background);

    [Fact]
    public void StreamedAndPlain_GiveTheSameVector()
    {
        AssertSameUsage("bedrock-invoke-stream-claude", "vertex-messages-streamRawPredict");
        AssertSameUsage("bedrock-messages-stream", "vertex-messages-streamRawPredict");
        AssertSameUsage("vertex-openai-chat-stream", "vertex-openai-chat");
        AssertSameUsage("bedrock-openai-chat-stream", "bedrock-openai-chat");

        var metered = Meter(BedrockApis.Converse, """{"stopReason":"end_turn","usage":{"inputTokens":4,"outputTokens":2,"totalTokens":9,"cacheReadInputTokens":3},"serviceTier":{"type":"flex"}}""");
        Assert.Equal(metered.Usage, Reply("bedrock-converse-stream-nova").Usage! with { Overlaps = metered.Usage!.Overlaps });
    }

    private static void AssertSameUsage(string first, string second)
    {
        var usage = Reply(first).Usage!;
        Assert.Equal(usage, Reply(second).Usage! with { Overlaps = usage.Overlaps });
    }

    private static MeteredReply Meter(ApiFamily family, string body) =>
        new ForwarderModel(new ReplyMeter()).Run(family, Chunking.Every(Replies.Bytes(body), 31)).Reply;
}
