using System.Text.Json.Nodes;
using Pipeline.Kibana.Checking;

namespace Pipeline.Kibana.Tests.Querying;

/// <summary>KQL as the Elasticsearch query that Kibana makes of it.</summary>
internal static class QueryText
{
    public static JsonObject Of(string? kql) => (kql is null ? null : Kql.Parse(kql)) is { } query ? Of(query) : new JsonObject { ["match_all"] = new JsonObject() };

    private static JsonObject Of(Kql query) => query switch
    {
        Kql.Equal equal => new JsonObject { ["match_phrase"] = new JsonObject { [equal.Field] = equal.Value } },
        Kql.Exists exists => new JsonObject { ["exists"] = new JsonObject { ["field"] = exists.Field } },
        Kql.Compare compare => new JsonObject { ["range"] = new JsonObject { [compare.Field] = new JsonObject { [Bound(compare.Operator)] = compare.Value } } },
        Kql.Not not => Bool("must_not", [not.Of]),
        Kql.All all => Bool("filter", all.Of),
        Kql.Any any => Bool("should", any.Of),
        _ => throw new InvalidOperationException(query.GetType().Name),
    };

    public static JsonObject Bool(string occurrence, IEnumerable<JsonObject> queries)
    {
        var clauses = new JsonObject { [occurrence] = new JsonArray([.. queries]) };
        if (occurrence == "should") clauses["minimum_should_match"] = 1;
        return new JsonObject { ["bool"] = clauses };
    }

    private static JsonObject Bool(string occurrence, IEnumerable<Kql> queries) => Bool(occurrence, queries.Select(Of));

    private static string Bound(string comparison) => comparison switch { "<" => "lt", "<=" => "lte", ">" => "gt", _ => "gte" };
}
