using System.Collections.Frozen;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The table of API families: provider kind, method and the end of the path decide. A path is matched by its exact
/// last segments, because free or different calls share prefixes (<c>/responses/input_tokens</c>,
/// <c>/messages/count_tokens</c>, <c>:countTokens</c>).
/// </summary>
internal static class ApiFamilies
{
    public const string RetrieveOperation = "retrieve";
    public const string OtherOperation = "other";

    public static readonly ApiFamily OpenAIChat = new("openai.chat", "chat", ReplyShape.OpenAIChat, TakesIncludeUsage: true);
    public static readonly ApiFamily OpenAIResponses = new("openai.responses", "chat", ReplyShape.OpenAIResponses);
    public static readonly ApiFamily OpenAIEmbeddings = new("openai.embeddings", "embeddings", ReplyShape.OpenAIEmbeddings);
    public static readonly ApiFamily AnthropicMessages = new("anthropic.messages", "chat", ReplyShape.AnthropicMessages);

    public static readonly ApiFamily GoogleGenerateContent =
        new("google.generateContent", "generate_content", ReplyShape.GoogleGenerateContent, ModelInUrl: true);

    public static readonly ApiFamily GoogleStreamGenerateContent =
        new("google.streamGenerateContent", "generate_content", ReplyShape.GoogleGenerateContent, ModelInUrl: true);

    /// <summary>One row: a POST (or the GET of a stored reply) whose path ends in <see cref="PathEnd"/>.</summary>
    /// <param name="PathEnd">Exact end of the path; for Google the method after the model's colon.</param>
    /// <param name="IsStored">GET <c>PathEnd/{id}</c> reads the same reply again.</param>
    private sealed record Row(string PathEnd, ApiFamily Family, bool IsStored = false);

    private sealed record Kind(ApiFamily Other, Row[] Rows);

    private static readonly FrozenDictionary<string, Kind> Kinds = new Dictionary<string, Kind>
    {
        ["openai"] = new(Unknown("openai"),
        [
            new("/chat/completions", OpenAIChat, IsStored: true),
            new("/responses", OpenAIResponses, IsStored: true),
            new("/embeddings", OpenAIEmbeddings),
        ]),
        ["anthropic"] = new(Unknown("anthropic"), [new("/messages", AnthropicMessages)]),
        ["google"] = new(Unknown("google"),
        [
            new(":generateContent", GoogleGenerateContent),
            new(":streamGenerateContent", GoogleStreamGenerateContent),
        ]),
    }.ToFrozenDictionary();

    /// <summary>The provider kinds an upstream may be configured as.</summary>
    public static IReadOnlyList<string> ApiKinds { get; } = [.. Kinds.Keys.Order()];

    /// <summary>Finds the family of one request.</summary>
    /// <param name="apiKind">One of <see cref="ApiKinds"/>, as configured for the upstream.</param>
    /// <param name="method">HTTP method, upper case.</param>
    /// <param name="path">The path as sent, still percent-encoded; a query is ignored.</param>
    /// <exception cref="ArgumentException">The kind is not in <see cref="ApiKinds"/>; configuration is checked before.</exception>
    public static ApiMatch Match(string apiKind, string method, ReadOnlySpan<char> path)
    {
        if (!Kinds.TryGetValue(apiKind, out var kind))
            throw new ArgumentException($"api kind '{apiKind}' is not known; use one of: {string.Join(", ", ApiKinds)}", nameof(apiKind));

        var query = path.IndexOf('?');
        if (query >= 0)
            path = path[..query];

        foreach (var row in kind.Rows)
        {
            if (method == "POST" && MatchesCall(row, path, out var model))
                return new ApiMatch(row.Family, row.Family.Operation, model);

            if (method == "GET" && row.IsStored && MatchesStored(row, path))
                return new ApiMatch(row.Family, RetrieveOperation, null);
        }

        return new ApiMatch(kind.Other, OtherOperation, null);
    }

    private static bool MatchesCall(Row row, ReadOnlySpan<char> path, out string? model)
    {
        model = null;
        if (!row.Family.ModelInUrl)
            return path.EndsWith(row.PathEnd, StringComparison.Ordinal);

        // …/models/{model}:{method}; some clients encode the colon.
        var segment = path[(path.LastIndexOf('/') + 1)..];
        var decoded = segment.Contains('%') ? Uri.UnescapeDataString(segment).AsSpan() : segment;
        if (!decoded.EndsWith(row.PathEnd, StringComparison.Ordinal))
            return false;

        model = BoundedText.VisibleAscii(decoded[..^row.PathEnd.Length].ToString());
        return true;
    }

    private static bool MatchesStored(Row row, ReadOnlySpan<char> path)
    {
        var slash = path.LastIndexOf('/');
        return slash > 0 && slash < path.Length - 1 && path[..slash].EndsWith(row.PathEnd, StringComparison.Ordinal);
    }

    private static ApiFamily Unknown(string kind) => new($"{kind}.other", OtherOperation, ReplyShape.Other);
}
