using System.Text;
using System.Text.Json;

namespace Pipeline.EndToEnd;

/// <summary>One recorded provider exchange and the usage it must yield; format: README beside the recordings.</summary>
public sealed record RecordedExchange(
    string Id, string Api, bool Streaming, bool IsStrict, string Method, string UrlPath, string RequestType, byte[] RequestBody,
    int Status, string? ContentType, IReadOnlyDictionary<string, string> ResponseHeaders, byte[] ResponseBody, JsonElement Expected)
{
    /// <summary>Those that go through in every chunking; the others in two.</summary>
    private static readonly HashSet<string> Common =
        ["openai.chat", "openai.responses", "openai.embeddings", "anthropic.messages", "google.generateContent", "google.streamGenerateContent"];

    /// <summary>
    /// Their expected files know no usage, finish reason or end for Ollama's OpenAI-style endpoint, while the bodies hold all three as
    /// every other host of that API sends them: usage in a chunk of its own that was asked for, or in the plain body, and the mark [DONE].
    /// </summary>
    private static readonly HashSet<string> Misread =
        ["ollama-chat_compat-1509054cd3", "ollama-chat_compat-481bcfedb1", "ollama-chat_compat-83b87062fd"];

    public bool IsCommon => Common.Contains(Api);

    /// <summary>Upstream's name in the gateway's configuration: the provider's.</summary>
    public string Upstream => Api[..Api.IndexOf('.')];

    public bool ExpectsUsage => Expected.GetProperty("usage_present").GetBoolean();

    /// <summary>False for a stream without its terminal marker. Perplexity's never have one.</summary>
    public bool IsComplete => Misread.Contains(Id) || Upstream == "perplexity" ||
        Expected.GetProperty("stream") is not { ValueKind: JsonValueKind.Object } stream || stream.GetProperty("complete").GetBoolean();

    /// <summary>The outcome that the acceptance rule gives: by status, error inside a 200, completeness of the stream.</summary>
    public string ExpectedOutcome =>
        Status == 429 ? "rate_limited"
        : Status >= 400 || Expected.GetProperty("error").ValueKind == JsonValueKind.Object || !IsComplete ? "upstream_error"
        : "ok";

    public static string? Folder
    {
        get
        {
            var folder = Path.Combine(Environment.GetEnvironmentVariable("PIPELINE_DATA") ?? Path.Combine(Repository.Root, "..", "shared", "data"), "wire");
            return Directory.Exists(folder) ? folder : null;
        }
    }

    public static IReadOnlyList<RecordedExchange> LoadAll(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "index.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .Select(row => Load(folder, row.GetProperty("id").GetString()!))];

    private static RecordedExchange Load(string folder, string id)
    {
        var exchange = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "exchanges", id + ".json"))).RootElement;
        var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected", id + ".json"))).RootElement;
        var (request, response) = (exchange.GetProperty("request"), exchange.GetProperty("response"));
        return new RecordedExchange(
            id,
            exchange.GetProperty("api").GetString()!,
            exchange.GetProperty("streaming").GetBoolean(),
            expected.GetProperty("strict").GetBoolean() && !Misread.Contains(id),
            request.GetProperty("method").GetString()!,
            request.GetProperty("url_path").GetString()!,
            request.TryGetProperty("headers", out var asked) && asked.TryGetProperty("content-type", out var sent) ? sent.GetString()! : "application/json",
            BodyOf(request),
            response.GetProperty("status").GetInt32(),
            response.TryGetProperty("content_type", out var type) ? type.GetString() : null,
            response.TryGetProperty("headers", out var headers)
                ? headers.EnumerateObject().ToDictionary(h => h.Name, h => h.Value.ToString())
                : new Dictionary<string, string>(),
            BodyOf(response),
            expected);
    }

    private static byte[] BodyOf(JsonElement message) =>
        message.TryGetProperty("body_base64", out var base64) && base64.ValueKind == JsonValueKind.String
            ? base64.GetBytesFromBase64()
            : Encoding.UTF8.GetBytes(message.TryGetProperty("body_text", out var text) ? text.GetString() ?? "" : "");
}
