using System.Text;

namespace Pipeline.Benchmarks.Metering;

/// <summary>Replies of the size and shape that providers send, made here from a fixed seed.</summary>
internal static class SampleReplies
{
    private static readonly string[] Words =
        ["the", " pipeline", " counts", " each", " token", " once", ",", " and", " the", " ledger", " says", " so", ".", "\\n", " \\\"quoted\\\"", " naïve"];

    public static byte[] OpenAIChatStream(int chunks) => Stream(chunks, (builder, random) =>
        builder.Append("data: {\"id\":\"chatcmpl-Bk3fQ2mXo7Yt1aZr9LwPcVnDsEhJu\",\"object\":\"chat.completion.chunk\",\"created\":1764500138,\"model\":\"gpt-4o-mini-2024-07-18\",")
            .Append("\"service_tier\":\"default\",\"system_fingerprint\":\"fp_50906f2aac\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"")
            .Append(Word(random)).Append("\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"").Append("LPXc94h4G").Append("\"}\n\n"),
        "data: {\"id\":\"chatcmpl-Bk3fQ2mXo7Yt1aZr9LwPcVnDsEhJu\",\"model\":\"gpt-4o-mini-2024-07-18\",\"choices\":[],\"usage\":{\"prompt_tokens\":18,\"completion_tokens\":15,\"total_tokens\":33}}\n\ndata: [DONE]\n\n");

    public static byte[] AnthropicStream(int chunks) => Stream(chunks, (builder, random) =>
        builder.Append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"")
            .Append(Word(random)).Append("\"}}\n\n"),
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"input_tokens\":17,\"output_tokens\":75}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");

    public static byte[] ResponsesStream(int chunks) => Stream(chunks, (builder, random) =>
        builder.Append("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"item_id\":\"msg_0b5cbf1ce3f8b01c00696d5e6e9c\",\"output_index\":0,\"content_index\":0,\"delta\":\"")
            .Append(Word(random)).Append("\",\"logprobs\":[],\"sequence_number\":").Append(random.Next(1000)).Append(",\"obfuscation\":\"Qx81hTz\"}\n\n"),
        "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":{\"id\":\"resp_1\",\"status\":\"completed\",\"model\":\"gpt-5.2\",\"output\":[],\"usage\":{\"input_tokens\":8,\"output_tokens\":7,\"total_tokens\":15}}}\n\n");

    public static byte[] GeminiStream(int chunks) => Stream(chunks, (builder, random) =>
        builder.Append("data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"").Append(string.Concat(Enumerable.Range(0, 30).Select(_ => Word(random))))
            .Append("\"}],\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 64,\"candidatesTokenCount\": 7,\"totalTokenCount\": 71,")
            .Append("\"promptTokensDetails\": [{\"modality\": \"TEXT\",\"tokenCount\": 64}]},\"modelVersion\": \"gemini-2.5-flash\",\"responseId\": \"CKXiaLvRF-eh3NoP5O6p-AU\"}\n\n"),
        "data: {\"candidates\": [{\"finishReason\": \"STOP\",\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 64,\"candidatesTokenCount\": 70,\"totalTokenCount\": 134},\"modelVersion\": \"gemini-2.5-flash\"}\n\n");

    public static byte[] PlainChat(int words)
    {
        var random = new Random(1);
        var text = string.Concat(Enumerable.Range(0, words).Select(_ => Word(random)));
        return Encoding.UTF8.GetBytes($$$"""{"id":"chatcmpl-1","model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"{{{text}}}"},"finish_reason":"stop"}],"usage":{"prompt_tokens":18,"completion_tokens":15,"total_tokens":33}}""");
    }

    public static byte[] Embeddings(int vectors)
    {
        var random = new Random(1);
        var builder = new StringBuilder("{\"object\":\"list\",\"data\":[");
        for (var index = 0; index < vectors; index++)
        {
            builder.Append(index == 0 ? "" : ",").Append("{\"object\":\"embedding\",\"index\":").Append(index).Append(",\"embedding\":[")
                .AppendJoin(',', Enumerable.Range(0, 1536).Select(_ => (random.NextDouble() - 0.5).ToString("F9", System.Globalization.CultureInfo.InvariantCulture)))
                .Append("]}");
        }

        return Encoding.UTF8.GetBytes(builder.Append("],\"model\":\"text-embedding-3-small\",\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}").ToString());
    }

    private static byte[] Stream(int chunks, Action<StringBuilder, Random> appendChunk, string end)
    {
        var random = new Random(1);
        var builder = new StringBuilder();
        for (var chunk = 0; chunk < chunks; chunk++)
            appendChunk(builder, random);
        return Encoding.UTF8.GetBytes(builder.Append(end).ToString());
    }

    private static string Word(Random random) => Words[random.Next(Words.Length)];
}
