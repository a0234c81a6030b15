using Pipeline.GatewayEdge.Tests.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Content;

/// <summary>What models call in streams: names and arguments are kept, in pieces or whole, and a reply that lost something says so.</summary>
public sealed class ToolCallTests
{
    private const string Events = "text/event-stream";
    private const string Lines = "application/x-ndjson";

    [Fact]
    public void OpenAI_NameOnceAndArgumentsInPieces()
    {
        var content = Captured.Reply(
            """
            data: {"choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"send_mail","arguments":""}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"to\":\"ann@exa"}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"name":"send_mail","arguments":"mple.com\"}"}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"name":"look","arguments":"{}"}}]}}]}

            data: [DONE]


            """, Events);

        Assert.Equal(
            """{"choices.0.delta.tool_calls.0.function.name":"send_mail","choices.0.delta.tool_calls.0.function.arguments":"{\"to\":\"[email]\"}","""
            + """ "choices.0.delta.tool_calls.1.function.name":"look","choices.0.delta.tool_calls.1.function.arguments":"{}"}""".TrimStart(),
            content.Reply);
        Assert.Equal((ContentState.Whole, 1L), (content.ReplyState, content.Redactions));
    }

    [Fact]
    public void Responses_NameStandsWhereTheItemIsAdded()
    {
        var content = Captured.Reply(
            """
            data: {"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","name":"send_mail","call_id":"c","arguments":""}}

            data: {"type":"response.function_call_arguments.delta","output_index":1,"delta":"{\"to\":\"ann@exa"}

            data: {"type":"response.function_call_arguments.delta","output_index":1,"delta":"mple.com\"}"}

            data: {"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","name":"send_mail","arguments":"{\"to\":\"ann@example.com\"}"}}


            """, Events);

        Assert.Equal(
            """{"response.output_item.added.item.name#1":"send_mail","response.function_call_arguments.delta.delta#1":"{\"to\":\"[email]\"}"}""", content.Reply);
    }

    [Fact]
    public void Anthropic_NameStandsWhereTheBlockBegins()
    {
        var content = Captured.Reply(
            """
            data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"send_mail","input":{}}}

            data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":1}"}}


            """, Events);

        Assert.Equal("""{"content_block.name#1":"send_mail","delta.partial_json#1":"{\"a\":1}"}""", content.Reply);
    }

    [Fact]
    public void Converse_NameStandsWhereTheBlockBegins()
    {
        byte[] frames =
        [
            .. AwsFrames.Event("contentBlockStart", """{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"send_mail"}}}"""),
            .. AwsFrames.Event("contentBlockDelta", """{"contentBlockIndex":1,"delta":{"toolUse":{"input":"{}"}}}"""),
        ];

        Assert.Equal("""{"start.toolUse.name#1":"send_mail","delta.toolUse.input#1":"{}"}""", Captured.Reply(frames, "application/vnd.amazon.eventstream", "").Reply);
    }

    /// <summary>Each chunk has its calls in the same place: they are a list there.</summary>
    [Theory]
    [InlineData("data: {0}\n\ndata: {1}\n\n", Events)]
    [InlineData("[{0}\n,\r\n{1}\n]\n", "application/json")]
    public void Gemini_CallsComeWhole(string form, string type)
    {
        const string One = """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"send_mail","args":{"to":["ann@example.com"],"n":2}}}]}}]}""";
        const string Two = """{"candidates":[{"content":{"parts":[{"text":"so"},{"functionCall":{"name":"now"}}]}}]}""";

        var content = Captured.Reply(string.Format(form, One, Two), type);

        Assert.Equal(
            """{"candidates.0.content.parts.0.functionCall":[{"name":"send_mail","args":{"to":["[email]"],"n":2}},{"name":"now"}],"candidates.0.content.parts.0.text":"so"}""",
            content.Reply);
        Assert.Equal((ContentState.Whole, 1L), (content.ReplyState, content.Redactions));
    }

    /// <summary>Vertex streams a call's arguments by their places in it.</summary>
    [Fact]
    public void Gemini_ArgumentsInPieces()
    {
        static string Chunk(string call) => $$$"""{"candidates":[{"content":{"parts":[{"functionCall":{{{call}}}}]}}]}""";

        var content = Captured.Reply(
            $"[{Chunk("""{"name":"send_mail","willContinue":true}""")},{Chunk("""{"partialArgs":[{"jsonPath":"$.to","stringValue":"ann@exa","willContinue":true}],"willContinue":true}""")},{Chunk("""{"partialArgs":[{"jsonPath":"$.to","stringValue":"mple.com"},{"jsonPath":"$.n","numberValue":2}],"willContinue":true}""")},{Chunk("{}")}]",
            "application/json");

        Assert.Equal(
            """{"candidates.0.content.parts.0.functionCall.name":"send_mail","candidates.0.content.parts.0.functionCall.partialArgs.$.to.stringValue":"[email]","candidates.0.content.parts.0.functionCall.partialArgs.$.n.numberValue":"2"}""", content.Reply);
    }

    [Fact]
    public void Ollama_ArgumentsAreAnObject()
    {
        var content = Captured.Reply(
            """
            {"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"send_mail","arguments":{"to":"ann@example.com"}}}]},"done":false}
            {"message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"now","arguments":{}}}]},"done":false}
            {"message":{"role":"assistant","content":""},"done":true}
            """, Lines);

        Assert.Equal("""{"message.tool_calls.0.function":[{"name":"send_mail","arguments":{"to":"[email]"}},{"name":"now","arguments":{}}]}""", content.Reply);
    }

    /// <summary>The last event says all of it again.</summary>
    [Fact]
    public void CohereV1_ParametersAreAnObject()
    {
        var content = Captured.Reply(
            """
            {"is_finished":false,"event_type":"text-generation","text":"hi"}
            {"is_finished":false,"event_type":"tool-calls-generation","tool_calls":[{"name":"send_mail","parameters":{"to":"ann@example.com"}}]}
            {"is_finished":true,"event_type":"stream-end","response":{"text":"hi","tool_calls":[{"name":"send_mail","parameters":{"to":"ann@example.com"}}]}}
            """, "application/stream+json");

        Assert.Equal("""{"text":"hi","tool_calls.0":[{"name":"send_mail","parameters":{"to":"[email]"}}]}""", content.Reply);
    }

    /// <summary>Beside arguments the pieces of a text are still pieces.</summary>
    [Fact]
    public void Text_BesideArguments_IsPutTogether() => Assert.Equal(
        """{"message.input":[{"a":1},{"b":"[email]"}],"message.content":"[email]"}""",
        Captured.Reply(
            """
            {"message":{"input":{"a":1},"content":"ann@exa"}}
            {"message":{"input":{"b":"bob@example.com"},"content":"mple.com"}}
            """, Lines).Reply);

    /// <summary>What the model does on its own is told when it is done.</summary>
    [Fact]
    public void Responses_ActionsAreKept() => Assert.Equal(
        """{"response.output_item.done.item.action#0":[{"type":"search","query":"[email]"}]}""",
        Captured.Reply("data: {\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"type\":\"web_search_call\",\"action\":{\"type\":\"search\",\"query\":\"ann@example.com\"}}}\n\n", Events).Reply);

    [Fact]
    public void Error_InTheMiddle_IsKept() => Assert.Equal(
        """{"choices.0.delta.content":"a","error":[{"message":"ask [email]","code":"overloaded"}]}""",
        Captured.Reply("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"error\":{\"message\":\"ask ann@example.com\",\"code\":\"overloaded\"}}\n\n", Events).Reply);

    [Theory]
    [InlineData(256, ContentState.Whole)]
    [InlineData(257, ContentState.Cut)]
    public void Texts_MoreThanTheBound_AreSaidToBeCut(int texts, ContentState expected)
    {
        var events = string.Concat(Enumerable.Range(0, texts).Select(static i => $$$"""data: {"choices":[{"index":{{{i}}},"delta":{"content":"a"}}]}""" + "\n\n"));

        Assert.Equal(expected, Captured.Reply(events, Events).ReplyState);
    }

    [Theory]
    [InlineData(256, ContentState.Whole)]
    [InlineData(257, ContentState.Cut)]
    public void Calls_MoreThanTheBound_AreSaidToBeCut(int calls, ContentState expected)
    {
        var lines = string.Concat(Enumerable.Repeat("""{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]}}""" + "\n", calls));

        Assert.Equal(expected, Captured.Reply(lines, Lines).ReplyState);
    }

    /// <summary>A document that cannot be read may have said anything.</summary>
    [Theory]
    [InlineData("data: {\"response\":\"a\"}\n\ndata: {\"response\":\n\n", Events)]
    [InlineData("{\"response\":\"a\"}\n{\"response\"\n{\"response\":\"\"}\n", Lines)]
    [InlineData("[{\"response\":\"a\"},{\"response\"]", "application/json")]
    [InlineData("[{\"response\":\"a\"},{\"resp", "application/json")]
    [InlineData("{\"response\":\"a\"}\n{\"response\":\"\\ud800\"}\n", Lines)]
    [InlineData("{\"response\":\"a\"}\n{\"\\ud800\":\"b\"}\n", Lines)]
    [InlineData("{\"response\":\"a\"}\n{\"name\":\"\\udc00\"}\n", Lines)]
    public void Document_ThatIsBroken_IsSaidToBeMissing(string stream, string type)
    {
        var content = Captured.Reply(stream, type);

        Assert.Equal(("""{"response":"a"}""", ContentState.Cut), (content.Reply, content.ReplyState));
    }

    [Fact]
    public void Arguments_LargerThanTheCap_AreCut()
    {
        var content = Captured.Reply("""{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":"X"}}}]}}""".Replace("X", new string('x', 5_000)) + "\n", Lines, maxBytes: 1_000);

        Assert.Equal((ContentState.Cut, 1_000), (content.ReplyState, content.Reply!.Length));
    }
}
