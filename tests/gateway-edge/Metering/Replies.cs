using System.Text;

namespace Pipeline.GatewayEdge.Tests.Metering;

/// <summary>Small replies of every family in scope, written by hand after the providers' documentation.</summary>
internal static class Replies
{
    public const string ChatUsageChunk =
        "data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":5,\"total_tokens\":17,"
        + "\"prompt_tokens_details\":{\"cached_tokens\":4,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n";

    public const string ChatStreamStart =
        "data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n"
        + "data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{\\\"usage\\\":{\\\"prompt_tokens\\\":9}} \\u00fc\"},\"finish_reason\":null}],\"usage\":null}\n\n"
        + "data: {\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n";

    public const string Done = "data: [DONE]\n\n";

    public const string ChatStream = ChatStreamStart + ChatUsageChunk + Done;

    public const string ChatPlain =
        """
        {
          "id": "chatcmpl-2", "object": "chat.completion", "model": "gpt-4o-2024-08-06", "service_tier": "priority",
          "choices": [
            {"index": 1, "message": {"content": "a \" ] } b", "tool_calls": [{"function": {"arguments": "{\"x\":[1]}"}}]}, "finish_reason": "tool_calls"},
            {"index": 0, "message": {"content": null}, "finish_reason": "length"}
          ],
          "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120,
            "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 10, "cache_write_tokens": 5},
            "completion_tokens_details": {"reasoning_tokens": 8, "audio_tokens": 3, "rejected_prediction_tokens": 1}}
        }
        """;

    public const string Embeddings =
        """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[-0.01,2e-3,[]]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}}""";

    public const string ResponsesPlain =
        """
        {"id":"resp_1","object":"response","status":"incomplete","background":true,"error":null,"incomplete_details":{"reason":"max_output_tokens"},
         "model":"gpt-5.2","service_tier":"flex","output":[{"type":"reasoning"},{"type":"web_search_call","action":{"type":"search"}},{"type":"web_search_call"},{"type":"web_search_call","action":{"type":"open_page"}},
         {"type":"function_call"},{"type":"message","content":[{"type":"output_text","text":"web_search_call"}]}],
         "usage":{"input_tokens":50,"input_tokens_details":{"cached_tokens":40},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":9},"total_tokens":59}}
        """;

    public const string ResponsesStream =
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_2\",\"status\":\"in_progress\",\"model\":\"gpt-5\",\"service_tier\":\"auto\",\"usage\":null}}\n\n"
        + "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"hi\",\"usage\":{\"input_tokens\":1}}\n\n"
        + "event: response.completed\ndata: {\"response\":{\"id\":\"resp_2\",\"status\":\"completed\",\"error\":null,\"model\":\"gpt-5-2025-08-07\",\"service_tier\":\"default\",\"output\":[{\"type\":\"message\"}],"
        + "\"usage\":{\"input_tokens\":7,\"output_tokens\":3,\"total_tokens\":10}},\"type\":\"response.completed\"}\n\n";

    public const string MessagesPlain =
        """
        {"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-6","content":[{"type":"text","text":"stop_reason"}],"stop_reason":"end_turn",
         "usage":{"input_tokens":10,"cache_read_input_tokens":200,"cache_creation_input_tokens":30,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":10},
         "output_tokens":40,"output_tokens_details":{"thinking_tokens":15},"service_tier":"standard","speed":"fast","server_tool_use":{"web_search_requests":2,"web_fetch_requests":1},
         "iterations":[{"type":"message","input_tokens":10}]}}
        """;

    public const string MessagesStream =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_2\",\"model\":\"claude-sonnet-4-6\",\"stop_reason\":null,\"usage\":{\"input_tokens\":727,\"cache_read_input_tokens\":5,\"cache_creation_input_tokens\":0,\"output_tokens\":1,\"service_tier\":\"standard\"}}}\n\n"
        + "event: ping\ndata: {\"type\": \"ping\"}\n\n"
        + "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"message_stop\"}}\n\n"
        + "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"},\"usage\":{\"input_tokens\":1595,\"output_tokens\":75,\"server_tool_use\":{\"web_search_requests\":1}}    }\n\n"
        + "event: message_stop\ndata: {\"type\":\"message_stop\"     }\n\n";

    public const string GeminiPlain =
        """
        {"candidates":[{"content":{"parts":[{"text":"finishReason"}]},"finishReason":"STOP","index":0}],
         "usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"toolUsePromptTokenCount":7,"candidatesTokenCount":20,"thoughtsTokenCount":9,"totalTokenCount":136,
           "promptTokensDetails":[{"modality":"TEXT","tokenCount":60},{"modality":"AUDIO","tokenCount":30},{"modality":"DOCUMENT","tokenCount":10}],
           "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":25},{"modality":"TEXT","tokenCount":15}],
           "candidatesTokensDetails":[{"modality":"IMAGE","tokenCount":4}],"serviceTier":"standard"},
         "modelVersion":"gemini-2.5-flash","responseId":"abc-1"}
        """;

    public const string GeminiFirstChunk =
        "{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \"[{,\"}]}}],\"usageMetadata\": {\"promptTokenCount\": 5,\"totalTokenCount\": 5},\"modelVersion\": \"gemini-2.5-pro\",\"responseId\": \"r-1\"}";

    public const string GeminiLastChunk =
        "{\"candidates\": [{\"finishReason\": \"STOP\"}],\"usageMetadata\": {\"promptTokenCount\": 5,\"candidatesTokenCount\": 3,\"thoughtsTokenCount\": 2,\"totalTokenCount\": 10},\"modelVersion\": \"gemini-2.5-pro\",\"responseId\": \"r-1\"}";

    public const string GeminiEventStream = "data: " + GeminiFirstChunk + "\r\n\r\ndata: " + GeminiLastChunk + "\r\n\r\n";

    public const string GeminiArrayStream = "[" + GeminiFirstChunk + "\n,\r\n" + GeminiLastChunk + "\n]\n";

    public const string TranscriptionStream =
        "data: {\"type\":\"transcript.text.delta\",\"delta\":\"Hu\"}\n\n"
        + "data: {\"type\":\"transcript.text.done\",\"text\":\"Hum.\",\"usage\":{\"type\":\"tokens\",\"total_tokens\":25,\"input_tokens\":20,\"input_token_details\":{\"text_tokens\":2,\"audio_tokens\":18},\"output_tokens\":5}}\n\n";

    public const string TranscriptionPlain =
        """{"text":"Hum.","usage":{"type":"tokens","total_tokens":25,"input_tokens":20,"input_token_details":{"text_tokens":2,"audio_tokens":18},"output_tokens":5}}""";

    public const string ImageStream =
        "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"iVBORw0KGgo=\"}\n\n"
        + "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\",\"b64_json\":\"iVBORw0KGgo=\",\"usage\":{\"total_tokens\":1604,\"input_tokens\":12,\"output_tokens\":1592,\"input_tokens_details\":{\"text_tokens\":12,\"image_tokens\":0}}}\n\n";

    public const string OllamaPlain =
        """{"model":"llama3.2","message":{"role":"assistant","content":"a \"done\":true b"},"done":true,"done_reason":"stop","total_duration":9,"prompt_eval_count":26,"eval_count":290}""";

    public const string OllamaLines =
        "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"a \\\"done\\\":true b\"},\"done\":false}\n"
        + "{\"model\":\"llama3.2\",\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\",\"total_duration\":9,\"prompt_eval_count\":26,\"eval_count\":290}\n";

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
