using System.Text;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

public sealed class RequestReaderTests
{
    private static readonly ApiMatch Chat = ApiFamilies.Match("openai", "POST", "/v1/chat/completions");
    private static readonly ApiMatch Messages = ApiFamilies.Match("anthropic", "POST", "/v1/messages");

    private static MetadataValue Dropped(DropReason reason) => new(null, reason);

    private static RequestFacts Read(in ApiMatch match, string body) => RequestReader.Read(match, Encoding.UTF8.GetBytes(body));

    [Fact]
    public void Read_ChatRequest_GivesModelStreamAndMetadata()
    {
        var facts = Read(Chat, """
            {"messages":[{"role":"user","content":"model \"stream\": true"}],"model":"gpt-4o","stream":true,
             "metadata":{"tenantSlug":"acme","tenant":"acme-corp","userId":"u-1","feature":"search","sessionId":"s 1","environment":"prod","other":{"a":[1]}}}
            """);

        Assert.Equal(RequestReadability.Read, facts.Readability);
        Assert.Equal("gpt-4o", facts.Model);
        Assert.True(facts.AsksForStream);
        Assert.Equal(IncludeUsageState.Absent, facts.IncludeUsage);
        Assert.Equal(new MetadataAttribution("acme-corp", "acme", "u-1", "search", "s 1", "prod"), facts.Metadata);
    }

    [Theory]
    [InlineData("""{"stream":true}""", nameof(IncludeUsageState.Absent))]
    [InlineData("""{"stream_options":null}""", nameof(IncludeUsageState.Absent))]
    [InlineData("""{"stream_options":{}}""", nameof(IncludeUsageState.Absent))]
    [InlineData("""{"stream_options":{"x":{"include_usage":true}}}""", nameof(IncludeUsageState.Absent))]
    [InlineData("""{"stream_options":{"include_usage":false}}""", nameof(IncludeUsageState.False))]
    [InlineData("""{"stream_options":{"include_usage":null}}""", nameof(IncludeUsageState.False))]
    [InlineData("""{"stream_options":{"include_obfuscation":false,"include_usage":true}}""", nameof(IncludeUsageState.True))]
    [InlineData("""{"stream\u005foptions":{"include\u005fusage":true}}""", nameof(IncludeUsageState.True))]
    [InlineData("""{"stream_options":{"include_usage":true},"stream_options":{"include_usage":false}}""", nameof(IncludeUsageState.False))]
    [InlineData("""{"stream_options":"yes"}""", nameof(IncludeUsageState.Malformed))]
    [InlineData("""{"stream_options":[true]}""", nameof(IncludeUsageState.Malformed))]
    [InlineData("""{"stream_options":{"include_usage":"true"}}""", nameof(IncludeUsageState.Malformed))]
    public void Read_StreamOptions_TellsWhetherUsageWasAskedFor(string body, string expected)
    {
        Assert.Equal(expected, Read(Chat, body).IncludeUsage.ToString());
    }

    [Fact]
    public void Read_ValuesOutsideTheRules_AreDropped()
    {
        var overlong = new string('x', 129);
        var facts = Read(Chat, $$"""{"model":"{{overlong}}","metadata":{"tenantSlug":"a\u0007b","userId":"{{overlong}}","feature":7,"sessionId":"","environment":["x"]} }""");

        Assert.Null(facts.Model);
        Assert.Equal(
            new MetadataAttribution(default, Dropped(DropReason.ControlCharacter), Dropped(DropReason.TooLong), default, Dropped(DropReason.Empty), default), facts.Metadata);
        Assert.Equal(RequestReadability.Read, facts.Readability);
    }

    [Theory]
    [InlineData(128, "x", nameof(DropReason.None))]
    [InlineData(129, "x", nameof(DropReason.TooLong))]
    [InlineData(64, "\u00e4", nameof(DropReason.None))]
    [InlineData(65, "\u00e4", nameof(DropReason.TooLong))]
    [InlineData(128, "\\u0061", nameof(DropReason.None))]
    [InlineData(129, "\\u0061", nameof(DropReason.TooLong))]
    [InlineData(100_000, "x", nameof(DropReason.TooLong))]
    [InlineData(1, "\\ud800", nameof(DropReason.BadEncoding))]
    public void Read_Metadata_KeepsTheRuleOfAttributionValues(int times, string text, string expected)
    {
        var value = Read(Chat, $$"""{"metadata":{"tenant":"{{string.Concat(Enumerable.Repeat(text, times))}}"} }""").Metadata.Tenant;

        Assert.Equal((expected, expected == nameof(DropReason.None)), (value.Fault.ToString(), value.Text is not null));
    }

    [Theory]
    [InlineData("gpt-4o", "gpt-4o")]
    [InlineData("arn:aws:bedrock:us-east-1:1:inference-profile/eu.claude+x@1", "arn:aws:bedrock:us-east-1:1:inference-profile/eu.claude+x@1")]
    [InlineData("please summarise my diary", null)]
    [InlineData("tab\\tbed", null)]
    [InlineData("m\u00f6del", null)]
    public void Read_Model_IsKeptWhereItIsNoSentence(string said, string? kept)
    {
        Assert.Equal(kept, Read(Chat, $$"""{"model":"{{said}}"}""").Model);
    }

    [Fact]
    public void Read_AnthropicSpeed_IsPriceContext_AndItsMetadataIsNotAttribution()
    {
        var facts = Read(Messages, """{"model":"claude-opus-4-6","speed":"fast","service_tier":"auto","metadata":{"userId":"u"}}""");

        Assert.Equal("fast", Assert.Single(facts.PriceContext).Value);
        Assert.Equal(default, facts.Metadata);
    }

    [Fact]
    public void Read_GoogleStream_TakesModelAndStreamFromTheUrl()
    {
        var match = ApiFamilies.Match("google", "POST", "/v1beta/models/gemini-2.5-pro:streamGenerateContent");
        var facts = Read(match, """{"model":"something else","contents":[]}""");

        Assert.Equal("gemini-2.5-pro", facts.Model);
        Assert.True(facts.AsksForStream);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{\"model\":\"gpt-4o\"")]
    [InlineData("{\"model\":\"gpt-4o\"} {}")]
    [InlineData("{\"model\":\"gpt-4o\",}")]
    [InlineData("--boundary\r\nContent-Disposition: form-data")]
    public void Read_NotOneJsonObject_IsUnreadable(string body)
    {
        Assert.Equal(RequestReadability.Unreadable, Read(Chat, body).Readability);
    }

    [Fact]
    public void Read_EveryTruncationAndEveryBrokenByte_NeverThrows()
    {
        var body = Encoding.UTF8.GetBytes(
            """{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":false,"x":[1,{"y":null}]},"metadata":{"userId":"ü\ud83d\ude00"},"speed":"fast"}""");
        for (var length = 0; length < body.Length; length++)
        {
            var facts = RequestReader.Read(Chat, body.AsSpan(0, length));
            Assert.Equal(length == 0 ? RequestReadability.Empty : RequestReadability.Unreadable, facts.Readability);
        }

        var random = new Random(7);
        for (var trial = 0; trial < 20_000; trial++)
        {
            var broken = (byte[])body.Clone();
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            var facts = RequestReader.Read(Chat, broken);
            Assert.NotEqual(RequestReadability.Empty, facts.Readability);
        }
    }
}
