using System.Text;
using System.Text.Json;

namespace Pipeline.GatewayEdge.Explaining;

/// <summary>One exchange with a provider as a file holds it: a request and the whole reply, encodings of transfer undone.</summary>
/// <param name="Path">The URL's path with its query.</param>
/// <param name="ContentType">Of the reply, empty when it names none.</param>
/// <param name="Headers">Of the reply.</param>
internal sealed record RecordedExchange(
    string Id,
    string Provider,
    string Host,
    string Method,
    string Path,
    byte[] RequestBody,
    int Status,
    string ContentType,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    byte[] ReplyBody)
{
    /// <summary>Larger files are no single exchange.</summary>
    public const long MaxFileBytes = 256L << 20;

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is none; the message says which member is missing or wrong.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RecordedExchange Read(string file)
    {
        if (new FileInfo(file) is { Exists: true, Length: > MaxFileBytes })
            throw new FormatException($"is larger than {MaxFileBytes} bytes");

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            return Of(document.RootElement);
        }
        catch (JsonException failure)
        {
            throw new FormatException($"is not JSON: line {failure.LineNumber + 1}", failure);
        }
    }

    private static RecordedExchange Of(JsonElement root)
    {
        var request = Object(root, "request");
        var response = Object(root, "response");
        return new RecordedExchange(
            Text(root, "id") ?? throw Missing("id"),
            Text(root, "provider") ?? "",
            Text(request, "host") ?? "",
            Text(request, "method") ?? throw Missing("request.method"),
            Text(request, "url_path") ?? throw Missing("request.url_path"),
            Body(request),
            response.TryGetProperty("status", out var status) && status.TryGetInt32(out var code) ? code : throw Missing("response.status"),
            Text(response, "content_type") ?? "",
            HeadersOf(response),
            Body(response));
    }

    private static byte[] Body(JsonElement message)
    {
        if (Text(message, "body_base64") is not { } encoded)
            return Encoding.UTF8.GetBytes(Text(message, "body_text") ?? "");

        try
        {
            return Convert.FromBase64String(encoded);
        }
        catch (FormatException failure)
        {
            throw new FormatException("has a body_base64 that is not base64", failure);
        }
    }

    private static List<KeyValuePair<string, string>> HeadersOf(JsonElement message)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (!message.TryGetProperty("headers", out var given) || given.ValueKind != JsonValueKind.Object)
            return headers;

        foreach (var header in given.EnumerateObject())
            headers.Add(new(header.Name, header.Value.ToString()));
        return headers;
    }

    private static JsonElement Object(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object
            ? value
            : throw Missing(name);

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static FormatException Missing(string member) => new($"has no {member}; an exchange has id, request and response");
}
