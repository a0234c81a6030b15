using System.Text;
using System.Text.Json;
using Pipeline.GatewayEdge.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>The same content, once as a stream and once in one piece, is the same usage.</summary>
public sealed class StreamedAsPlainTests
{

    [Fact]
    public void HandWrittenPairs_GiveTheSameVector()
    {
        AssertSame(OpenAIApis.Transcription, Replies.TranscriptionStream, Replies.TranscriptionPlain);
        AssertSame(OllamaApis.Chat, Replies.OllamaLines, Replies.OllamaPlain);
        AssertSame(OpenAIApis.Images, Replies.ImageStream, """{"data":[{"b64_json":"iVBORw0KGgo="}],"usage":{"total_tokens":1604,"input_tokens":12,"output_tokens":1592,"input_tokens_details":{"text_tokens":12,"image_tokens":0}}}""");
    }

    /// <summary>Every recorded stream with usage, put together as its provider would have answered without one.</summary>
    [Fact]
    public void RecordedStreams_PutTogether_GiveTheSameVector()
    {
        var compared = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var recording in Recordings.All().Where(recording => recording is { IsStream: true, StreamIsComplete: true, Status: 200 }))
        {
            if (Plain(recording) is not { } plain)
                continue;

            var meter = new ForwarderModel(new ReplyMeter());
            var streamed = meter.Run(recording, Chunking.Whole(recording.ResponseBody)).Reply;
            var whole = meter.Run(recording.Match.Family, Chunking.Whole(Encoding.UTF8.GetBytes(plain)), 200, "application/json").Reply;
            Assert.False(whole.IsStream);
            Assert.Equal((recording.Id, Describe(streamed)), (recording.Id, Describe(whole)));
            compared[recording.Api] = compared.GetValueOrDefault(recording.Api) + 1;
        }

        Assert.True(compared.Values.Sum() >= 30, string.Join(", ", compared));
    }

    private static void AssertSame(ApiFamily family, string stream, string plain)
    {
        var meter = new ForwarderModel(new ReplyMeter());
        var streamed = meter.Run(family, Chunking.Whole(Replies.Bytes(stream))).Reply;
        var whole = meter.Run(family, Chunking.Whole(Replies.Bytes(plain))).Reply;
        Assert.True(streamed.IsStream);
        Assert.False(whole.IsStream);
        Assert.NotNull(streamed.Usage);
        Assert.Equal(Describe(whole), Describe(streamed));
    }

    private static string Describe(MeteredReply reply) => ReplyAssert.Describe(new MeteredReply
    {
        Usage = reply.Usage,
        UsageSource = reply.UsageSource,
        UsageQuality = reply.UsageQuality,
        Quantities = reply.Quantities,
        ToolCalls = reply.ToolCalls,
        ProviderReportedCost = reply.ProviderReportedCost,
        FinishReasons = reply.FinishReasons,
        ResponseModel = reply.ResponseModel,
    });

    /// <summary>The plain body of the same content; null where a family's stream cannot be put together from its events alone.</summary>
    private static string? Plain(Recording recording) => recording.Match.Family.Shape switch
    {
        ReplyShape.OpenAIChat => PlainChat(Documents(recording)),
        ReplyShape.OpenAIResponses => Documents(recording).Where(document => document.TryGetProperty("response", out _)).Select(document => document.GetProperty("response").GetRawText()).LastOrDefault(),
        ReplyShape.OllamaNative => Documents(recording)[^1].GetRawText(),
        _ => null,
    };

    private static string PlainChat(List<JsonElement> chunks)
    {
        var reasons = new SortedDictionary<int, string>();
        string? usage = null;
        var model = "";
        foreach (var chunk in chunks)
        {
            if (chunk.TryGetProperty("model", out var named) && named.GetString() is { Length: > 0 } name)
                model = name;
            if (Usage(chunk) is { } reported)
                usage = reported;
            if (chunk.TryGetProperty("choices", out var choices))
                Collect(choices, reasons);
        }

        var ended = reasons.Select(reason => $$"""{"index":{{reason.Key}},"message":{"content":"x"},"finish_reason":{{reason.Value}}}""");
        return $$"""{"model":{{JsonSerializer.Serialize(model)}},"choices":[{{string.Join(',', ended)}}],"usage":{{usage ?? "null"}}}""";
    }

    private static string? Usage(JsonElement chunk)
    {
        if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            return usage.GetRawText();
        return chunk.TryGetProperty("x_groq", out var groq) && groq.TryGetProperty("usage", out usage) ? usage.GetRawText() : null;
    }

    private static void Collect(JsonElement choices, SortedDictionary<int, string> reasons)
    {
        foreach (var choice in choices.EnumerateArray())
        {
            if (choice.TryGetProperty("finish_reason", out var reason) && reason.ValueKind == JsonValueKind.String)
                reasons[choice.TryGetProperty("index", out var index) ? index.GetInt32() : 0] = reason.GetRawText();
        }
    }

    private static List<JsonElement> Documents(Recording recording)
    {
        var documents = new List<JsonElement>();
        foreach (var line in Encoding.UTF8.GetString(recording.ResponseBody).Split('\n'))
        {
            var text = line.Trim();
            text = text.StartsWith("data:", StringComparison.Ordinal) ? text[5..].Trim() : text;
            if (text.StartsWith('{'))
                documents.Add(JsonDocument.Parse(text).RootElement);
        }

        return documents;
    }
}
