using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Kibana.Lens;

internal static class Json
{
    // Members stay in the order in which they were added, numbers are whole: the same input gives the same bytes everywhere.
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One line; also how Kibana wants objects within saved objects.</summary>
    public static string Text(JsonNode node) => node.ToJsonString(Options);

    public static JsonArray Array(IEnumerable<string> values) => [.. values.Select(static value => (JsonNode)value)];

    public static JsonObject Kql(string query) => new() { ["query"] = query, ["language"] = "kuery" };
}
