using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

public sealed class IncludeUsageInjectionTests
{
    private static readonly ApiMatch Chat = ApiFamilies.Match("openai", "POST", "/v1/chat/completions");

    private static string? Rewrite(string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var into = new ArrayBufferWriter<byte>();
        var isRewritten = IncludeUsageInjection.TryRewrite(bytes, RequestReader.Read(Chat, bytes), into);
        Assert.Equal(isRewritten, into.WrittenCount > 0);
        return isRewritten ? Encoding.UTF8.GetString(into.WrittenSpan) : null;
    }

    [Theory]
    [InlineData("""{"stream":true}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{ "stream" : true , "n":1 } """, """{ "stream" : true , "n":1 ,"stream_options":{"include_usage":true}} """)]
    [InlineData("""{"stream_options":null,"stream":true}""", """{"stream_options":{"include_usage":true},"stream":true}""")]
    [InlineData("""{"stream":true,"stream_options":{}}""", """{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream":true,"stream_options":{ "a":{} }}""", """{"stream":true,"stream_options":{"include_usage":true, "a":{} }}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage": false }}""", """{"stream":true,"stream_options":{"include_usage": true }}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":null,"b":1}}""", """{"stream":true,"stream_options":{"include_usage":true,"b":1}}""")]
    public void TryRewrite_StreamWithoutUsage_AddsTheOneMember(string body, string expected)
    {
        Assert.Equal(expected, Rewrite(body));
    }

    [Theory]
    [InlineData("""{"model":"gpt-4o"}""")]
    [InlineData("""{"stream":false}""")]
    [InlineData("""{"stream":"true"}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData("""{"stream":true,"stream_options":"all"}""")]
    [InlineData("""{"stream":true,"stream_options":{"include_usage":1}}""")]
    [InlineData("""{"stream":true""")]
    public void TryRewrite_NothingToAskFor_WritesNothing(string body)
    {
        Assert.Null(Rewrite(body));
    }

    [Fact]
    public void TryRewrite_AnyBody_ChangesNothingElse()
    {
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var body = RandomBody(random);
            var rewritten = Rewrite(body);
            Assert.True(rewritten is not null, $"seed {seed}: {body}");

            var expected = JsonNode.Parse(body)!.AsObject();
            var options = expected["stream_options"] as JsonObject ?? [];
            options["include_usage"] = true;
            if (options.Parent is null)
                expected["stream_options"] = options;
            Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(rewritten)), $"seed {seed}: {body} became {rewritten}");
            Assert.Equal(IncludeUsageState.True, RequestReader.Read(Chat, Encoding.UTF8.GetBytes(rewritten)).IncludeUsage);
        }
    }

    private static string RandomBody(Random random)
    {
        var members = new List<string> { "\"stream\":true", "\"messages\":[{\"content\":\"} \\\" {\\\\\"}]", "\"größe\": { \"a\" : [ ] }" };
        var options = random.Next(5) switch
        {
            0 => null,
            1 => "null",
            2 => "{ }",
            3 => "{\"include_obfuscation\": false}",
            _ => "{\"x\":[{\"include_usage\":true}],\"include_usage\":" + (random.Next(2) == 0 ? "false" : "null") + "}",
        };
        if (options is not null)
            members.Add($"\"stream_options\"{Blank(random)}:{Blank(random)}{options}");

        var shuffled = members.OrderBy(_ => random.Next()).ToList();
        return "{" + Blank(random) + string.Join(Blank(random) + "," + Blank(random), shuffled) + Blank(random) + "}" + Blank(random);
    }

    private static string Blank(Random random) => random.Next(4) switch { 0 => " ", 1 => "\r\n\t", _ => "" };
}
