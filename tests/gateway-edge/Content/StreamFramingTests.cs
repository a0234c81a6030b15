using System.Text;
using System.Text.Json;
using Pipeline.GatewayEdge.Tests.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Content;

/// <summary>However a stream holds its documents, its texts are put together before they are redacted.</summary>
public sealed class StreamFramingTests
{
    private const string Said = "write to ann@example.com with sk-abcdefghijklmnopqrst";
    private const string Kept = "write to [email] with [key]";

    /// <summary>As Google sends it without alt=sse: an array, laid out, in a reply that calls itself plain JSON.</summary>
    [Theory]
    [InlineData(1, "application/json; charset=UTF-8")]
    [InlineData(7, "application/json")]
    [InlineData(30, "")]
    public void Array_SecretInManyChunks_IsRedactedAsAWhole(int pieceChars, string type)
    {
        var chunks = Captured.Pieces(Said, pieceChars).Select(static piece => Gemini($$"""{"text": {{Quoted(piece)}}}"""));

        var content = Captured.Reply(Array(chunks), type);

        Assert.Equal($$"""{"candidates.0.content.parts.0.text":"{{Kept}}"}""", content.Reply);
        Assert.Equal((ContentState.Whole, 2L), (content.ReplyState, content.Redactions));
    }

    /// <summary>Which part of a candidate a piece is in differs from chunk to chunk: all of them are one text. Thoughts are another.</summary>
    [Fact]
    public void Array_PartsAnywhereInAChunk_AreOneTextOfTheirCandidate()
    {
        var content = Captured.Reply(
            Array([Gemini("""{"text":"hm","thought":true},{"text":"ann@exa"}"""), Gemini("""{"text":"mp"},{"text":"le.com"}"""), Gemini("""{"text":" bob@example.com"}""", 1), Gemini("""{"text":" or not"}""")]),
            "application/json");

        Assert.Equal(
            """{"candidates.0.content.parts.thought.text":"hm","candidates.0.content.parts.0.text":"[email] or not","candidates.1.content.parts.0.text":" [email]"}""", content.Reply);
    }

    [Theory]
    [InlineData("application/x-ndjson")]
    [InlineData("application/ndjson; charset=utf-8")]
    [InlineData("application/jsonl")]
    [InlineData("application/stream+json")]
    [InlineData("application/json")]
    [InlineData("text/plain")]
    [InlineData("")]
    public void Lines_WhateverTheTypeSays_AreRedactedAsAWhole(string type)
    {
        var lines = string.Concat(Captured.Pieces(Said, 6).Select(static piece => $$"""{"is_finished":false,"event_type":"text-generation","text":{{Quoted(piece)}}}""" + "\n"));

        var content = Captured.Reply(lines, type);

        Assert.Equal($$"""{"text":"{{Kept}}"}""", content.Reply);
        Assert.Equal(ContentState.Whole, content.ReplyState);
    }

    [Theory]
    [InlineData("text/event-stream")]
    [InlineData("application/json")]
    [InlineData("")]
    public void Events_WhateverTheTypeSays_AreRedactedAsAWhole(string type)
    {
        var events = ": hello\n\n" + string.Concat(Captured.Pieces(Said, 6).Select(static piece => $"data: {Chat(piece)}\n\n")) + "data: [DONE]\n\n";

        Assert.Equal($$"""{"choices.0.delta.content":"{{Kept}}"}""", Captured.Reply(events, type).Reply);
    }

    [Fact]
    public void Events_WithoutBlankLines_ArePutTogether()
    {
        var content = Captured.Reply(string.Concat(Captured.Pieces(Said, 6).Select(static piece => $"data: {Chat(piece)}\n")) + "data: [DONE]\n", "text/event-stream");

        Assert.Equal(($$"""{"choices.0.delta.content":"{{Kept}}"}""", ContentState.Whole), (content.Reply, content.ReplyState));
    }

    [Fact]
    public void BinaryMessages_WhateverTheTypeSays_AreRedactedAsAWhole()
    {
        byte[] frames = [.. Captured.Pieces(Said, 6).SelectMany(static piece => AwsFrames.Chunk(Chat(piece)))];

        Assert.Equal($$"""{"choices.0.delta.content":"{{Kept}}"}""", Captured.Reply(frames, "application/octet-stream", "").Reply);
    }

    /// <summary>An error to a streaming call is one plain document, whatever type it has.</summary>
    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public void OneDocument_IsKeptWhole(string type) =>
        Assert.Equal("""{"error":{"message":"ask [email]","code":429}}""", Captured.Reply("""{"error":{"message":"ask ann@example.com","code":429}}""", type).Reply);

    [Theory]
    [InlineData("text/html", "<p>ann@example.com</p>")]
    [InlineData("application/x-ndjson", "ann@example.com")]
    public void NoJson_IsNotKept(string type, string body)
    {
        var content = Captured.Reply(body, type);

        Assert.Equal((ContentState.NotText, null), (content.ReplyState, content.Reply));
    }

    /// <summary>Two choices by turns, so that the cut goes through both texts: nothing of either secret is kept, wherever it is.</summary>
    [Theory]
    [InlineData("events")]
    [InlineData("lines")]
    [InlineData("array")]
    public void Stream_CutAnywhere_KeepsNothingOfASecretInAnyOfItsTexts(string framing)
    {
        var filler = Enumerable.Repeat(new string('a', 50), 100).ToList();
        List<string> one = [.. filler, .. Captured.Pieces(" sk-secretsecretsecretsecret ", 3), .. filler];
        List<string> two = [.. filler, .. Captured.Pieces(" sk-hiddenhiddenhiddenhidden ", 3), .. filler];
        var documents = one.Zip(two).SelectMany(static pair => new[] { Chat(pair.First), Chat(pair.Second, 1) }).ToList();
        var stream = framing switch
        {
            "events" => string.Concat(documents.Select(static document => $"data: {document}\n\n")),
            "lines" => string.Join('\n', documents),
            _ => Array(documents),
        };
        var start = stream.IndexOf("\" sk\"", StringComparison.Ordinal) - 200;

        for (var length = start; length < start + 3_000; length += 17)
        {
            var content = Captured.Reply(stream, "application/json", maxRawBytes: length);
            Assert.Equal(ContentState.Cut, content.ReplyState);
            Assert.StartsWith("{\"choices.0.delta.content\":\"aaa", content.Reply);
            Assert.DoesNotContain("sk-", content.Reply);
            Assert.DoesNotContain("secret", content.Reply);
            Assert.DoesNotContain("hidden", content.Reply);
        }
    }

    private static string Chat(string piece, int choice = 0) => $$$"""{"choices":[{"index":{{{choice}}},"delta":{"content":{{{Quoted(piece)}}}}}]}""";

    private static string Gemini(string parts, int candidate = 0) =>
        $$"""{"candidates": [{"content": {"parts": [{{parts}}],"role": "model"},"index": {{candidate}}}],"modelVersion": "gemini"}""";

    private static string Array(IEnumerable<string> documents) => $"[{string.Join("\n,\r\n", documents)}\n]\n";

    private static string Quoted(string text) => JsonSerializer.Serialize(text);
}
