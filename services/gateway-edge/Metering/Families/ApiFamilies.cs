using System.Collections.Frozen;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// The tables of API families joined: provider kind, method and the end of the path decide. A path is matched by its exact
/// last segments, because free or different calls share prefixes (<c>/responses/input_tokens</c>,
/// <c>/messages/count_tokens</c>, <c>:countTokens</c>).
/// </summary>
internal static class ApiFamilies
{
    public const string RetrieveOperation = "retrieve";
    public const string OtherOperation = "other";

    private static readonly ApiTable[] Joined =
    [
        OpenAIApis.Table,
        .. CompatibleApis.Tables,
        OllamaApis.Table,
        AnthropicApis.Table,
        GoogleApis.Table,
        VertexApis.Table,
        CohereApis.Table,
        BedrockApis.Table,
    ];

    private static readonly FrozenDictionary<string, ApiTable> Tables = Joined.ToFrozenDictionary(table => table.Kind);

    /// <summary>The provider kinds an upstream may be configured as.</summary>
    public static IReadOnlyList<string> ApiKinds { get; } = [.. Tables.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Finds the family of one request.</summary>
    /// <param name="apiKind">One of <see cref="ApiKinds"/>, as configured for the upstream.</param>
    /// <param name="method">HTTP method, upper case.</param>
    /// <param name="path">The path as sent, still percent-encoded; a query is ignored.</param>
    /// <exception cref="ArgumentException">The kind is not in <see cref="ApiKinds"/>; configuration is checked before.</exception>
    public static ApiMatch Match(string apiKind, string method, ReadOnlySpan<char> path)
    {
        if (!Tables.TryGetValue(apiKind, out var table))
            throw new ArgumentException($"api kind '{apiKind}' is not known; use one of: {string.Join(", ", ApiKinds)}", nameof(apiKind));

        var query = path.IndexOf('?');
        if (query >= 0)
            path = path[..query];

        foreach (var row in table.Rows)
        {
            if (method == row.Method && row.MatchesCall(path, out var model))
                return new ApiMatch(row.Family, row.Family.Operation, model, row.Pattern);

            if (method == "GET" && row.IsStored && row.MatchesStored(path, out var id))
                return new ApiMatch(row.Family, RetrieveOperation, null, row.Pattern + "/{id}" + row.StoredEnd, id);
        }

        return new ApiMatch(table.Other, OtherOperation, null, null);
    }
}
