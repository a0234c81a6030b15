using System.Text;
using Pipeline.GatewayEdge.Content;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Content;

public sealed class RedactionTests
{
    private const int MaxBytes = 1_000;

    private readonly Redaction _redaction = new([@"ACC-\d{4,10}"]);

    [Theory]
    [InlineData("write to ann.lee+x@mail.example.co.uk now", "write to [email] now")]
    [InlineData("key sk-proj-abcdefghijklmnop1234", "key [key]")]
    [InlineData("AKIAABCDEFGHIJKLMNOP and AIzaSyA1234567890abcdefghijklmnopqrstu", "[key] and [key]")]
    [InlineData("Authorization: Bearer abcdefghijklmnop.qrst", "Authorization: [key]")]
    [InlineData("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "[key]")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc=\n", "[key]")]
    [InlineData("account ACC-123456", "account [redacted]")]
    [InlineData("the skeleton, task-management@ and a@b", "the skeleton, task-management@ and a@b")]
    public void Apply_WhatLooksSecret_IsReplaced(string text, string expected)
    {
        var count = 0L;

        Assert.Equal(expected, _redaction.Apply(text, false, ref count));
        Assert.Equal(expected.Count(static character => character == '['), count);
    }

    [Theory]
    [InlineData("(a)\\1")]
    [InlineData("(?=x)")]
    [InlineData("[")]
    [InlineData("a*")]
    public void Expression_ThatCannotBeBounded_IsRefused(string expression) => Assert.NotNull(Redaction.Problem(expression));

    [Fact]
    public void Cut_AnywhereThroughASecret_LeavesNothingOfIt()
    {
        const string Secret = "sk-secretsecretsecretsecret";
        var text = new string('a', 5_000) + " " + Secret + " " + new string('b', 5_000);
        for (var length = 4_990 + Redaction.CutMarginChars; length < 5_060 + Redaction.CutMarginChars; length++)
        {
            var count = 0L;
            var kept = _redaction.Apply(text[..Math.Min(length, text.Length)], true, ref count);
            Assert.DoesNotContain("secret", kept);
            Assert.DoesNotContain("sk-", kept);
        }
    }

    [Theory]
    [InlineData("""{"a":"ann@example.com","ann@example.com":[1,true,null,-2.5e3]}""", """{"a":"[email]","[email]":[1,true,null,-2.5e3]}""")]
    [InlineData("""{"a":"ann\u0040example.com"}""", """{"a":"[email]"}""")]
    [InlineData("""{"a":"A\u0043C-1234"}""", """{"a":"[redacted]"}""")]
    public void Json_EscapesHideNothing(string json, string expected) => Assert.Equal(new RedactedText(expected, false), Json(json, false));

    /// <summary>A text that is said again token by token is said without its secrets once only.</summary>
    [Theory]
    [InlineData(
        """{"message":{"content":"ann@example.com"},"logprobs":{"content":[{"token":"ann","bytes":[97]},{"token":"@example.com","top_logprobs":[]}]},"n":1}""",
        """{"message":{"content":"[email]"},"logprobs":"[omitted]","n":1}""")]
    [InlineData("""{"logprobsResult":{"chosenCandidates":[{"token":"ann"}]}}""", """{"logprobsResult":"[omitted]"}""")]
    [InlineData("""{"prompt_logprobs":["ann"],"top_logprobs":[]}""", """{"prompt_logprobs":"[omitted]","top_logprobs":"[omitted]"}""")]
    [InlineData("""{"logprobs":true,"top_logprobs":5}""", """{"logprobs":true,"top_logprobs":5}""")]
    [InlineData("""{"logprobs":null}""", """{"logprobs":null}""")]
    public void Json_TokensOfAText_AreLeftOut(string json, string expected)
    {
        Assert.Equal(new RedactedText(expected, false), Json(json, false));
        for (var length = 0; length < json.Length; length++) Assert.DoesNotContain("ann", Json(json[..length], true).Text ?? "");
    }

    [Fact]
    public void Json_NotOne_IsNotKept() => Assert.Null(Json("ann@example.com", false).Text);

    [Fact]
    public void Json_CutThroughALongText_KeepsItsBeginning()
    {
        var json = "{\"model\":\"m\",\"messages\":[{\"content\":\"ann@example.com " + new string('x', 10_000);

        var kept = Json(json, true);

        Assert.True(kept.IsCut);
        Assert.StartsWith("""{"model":"m","messages":[{"content":"[email] xxx""", kept.Text);
        Assert.Equal(MaxBytes, Encoding.UTF8.GetByteCount(kept.Text!));
    }

    [Fact]
    public void Json_AnyPrefix_IsKeptOrLeftWithoutASecret()
    {
        const string Whole = """{"m":"\u0061nn@example.com","n":["ä€😀","sk-abcdefghijklmnopqrst"]}""";
        var bytes = Encoding.UTF8.GetBytes(Whole);
        for (var length = 0; length < bytes.Length; length++)
        {
            var count = 0L;
            var kept = new JsonTexts(_redaction, MaxBytes).Redact(bytes.AsSpan(0, length), true, ref count);
            Assert.DoesNotContain("nn@", kept.Text ?? "");
            Assert.DoesNotContain("sk-", kept.Text ?? "");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Stream_SecretInManyPieces_IsRedactedAsAWhole(int pieceChars)
    {
        const string Said = "write to ann@example.com with sk-abcdefghijklmnopqrst";
        var stream = new StringBuilder(": comment\r\n\r\n");
        for (var at = 0; at < Said.Length; at += pieceChars)
            stream.Append($"data: {{\"choices\":[{{\"index\":1,\"delta\":{{\"content\":\"{Said.Substring(at, Math.Min(pieceChars, Said.Length - at))}\"}}}}]}}\r\n\r\n");
        stream.Append("data: [DONE]\n\n");

        Assert.Equal("""{"choices.1.delta.content":"write to [email] with [key]"}""", Stream(stream.ToString()).Text);
    }

    [Theory]
    [InlineData(
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"hi \"}}\n\nevent: x\ndata: {\"type\":\"content_block_delta\",\"index\":1,\"delta\":{\"partial_json\":\"{\"}}\n\n",
        """{"delta.text#0":"hi ","delta.partial_json#1":"{"}""")]
    [InlineData(
        "data: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"a\"}\n\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0,\"content_index\":0,\"delta\":\"b\"}\n\ndata: {\"type\":\"response.output_text.done\",\"text\":\"ab\"}\n\n",
        """{"response.output_text.delta.delta#0#0":"ab"}""")]
    [InlineData("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\ndata: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"b\"}]}}]}", """{"candidates.0.content.parts.0.text":"ab"}""")]
    [InlineData("data: not json\n\ndata: {\"broken\"\n\n", "{}")]
    public void Stream_OfEachFamily_IsPutTogether(string stream, string expected) => Assert.Equal(expected, Stream(stream).Text);

    [Fact]
    public void Lines_OfJson_ArePutTogether()
    {
        var count = 0L;
        var lines = Encoding.UTF8.GetBytes("{\"message\":{\"content\":\"a\"}}\n{\"message\":{\"content\":\"b\"},\"done\":true}\n");

        Assert.Equal("""{"message.content":"ab"}""", new StreamTexts(_redaction, MaxBytes).Redact(lines, StreamFraming.Documents, false, ref count).Text);
    }

    private RedactedText Json(string json, bool isCut)
    {
        var count = 0L;
        return new JsonTexts(_redaction, MaxBytes).Redact(Encoding.UTF8.GetBytes(json), isCut, ref count);
    }

    private RedactedText Stream(string stream)
    {
        var count = 0L;
        return new StreamTexts(_redaction, MaxBytes).Redact(Encoding.UTF8.GetBytes(stream), StreamFraming.Events, false, ref count);
    }
}
