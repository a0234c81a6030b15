using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.EsSink.Indexing;

namespace Pipeline.Kibana.Fields;

/// <summary>
/// How the documents' fields are mapped: dotted path to Elasticsearch type. Taken from the template that the sink itself writes when it
/// provisions a cluster, so that no second list of fields exists.
/// </summary>
internal static class SinkMapping
{
    /// <summary>In the document's source only: neither searched nor summed.</summary>
    public const string Unsearchable = "unsearchable";

    private static readonly Lazy<IReadOnlyDictionary<string, string>> Ours = new(Capture);

    public static IReadOnlyDictionary<string, string> Types => Ours.Value;

    /// <param name="mappings">A `mappings` object, of a template or of an index.</param>
    public static IReadOnlyDictionary<string, string> Flatten(JsonElement mappings)
    {
        var types = new Dictionary<string, string>();
        Add(types, "", mappings);
        return types;
    }

    private static void Add(Dictionary<string, string> types, string path, JsonElement node)
    {
        if (node.TryGetProperty("properties", out var properties))
        {
            foreach (var child in properties.EnumerateObject()) Add(types, path.Length == 0 ? child.Name : $"{path}.{child.Name}", child.Value);
            return;
        }

        if (path.Length == 0) return;
        var isSearchable = !IsOff(node, "index") && !IsOff(node, "doc_values") && !IsOff(node, "enabled");
        types[path] = isSearchable ? node.GetProperty("type").GetString()! : Unsearchable;
    }

    private static bool IsOff(JsonElement field, string setting) => field.TryGetProperty(setting, out var value) && value.ValueKind == JsonValueKind.False;

    private static IReadOnlyDictionary<string, string> Capture()
    {
        using var cluster = new EmptyCluster();
        using var target = new ElasticsearchTarget(
            new ElasticsearchOptions { Url = new Uri("http://cluster.invalid") }, new SinkOptions().RetentionDays, NullLogger.Instance, cluster);
        target.Provision(CancellationToken.None);
        return cluster.Mappings is { } mappings
            ? Flatten(mappings)
            : throw new InvalidOperationException($"the sink wrote no mappings to an empty cluster: {target.Check().Message}");
    }

    /// <summary>A cluster that has nothing yet and keeps the mappings that are put into it.</summary>
    private sealed class EmptyCluster : HttpMessageHandler
    {
        public JsonElement? Mappings { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var isRoot = request.RequestUri!.AbsolutePath == "/";
            if (request.Method == HttpMethod.Put) Keep(request, cancellationToken);
            var status = request.Method == HttpMethod.Get && !isRoot ? HttpStatusCode.NotFound : HttpStatusCode.OK;
            var content = new StringContent(isRoot ? """{"version":{"number":"8.19.0"}}""" : "{}", Encoding.UTF8, "application/json");
            var response = new HttpResponseMessage(status) { Content = content };
            response.Headers.Add("X-Elastic-Product", "Elasticsearch");
            return response;
        }

        private void Keep(HttpRequestMessage request, CancellationToken stop)
        {
            var body = JsonSerializer.Deserialize<JsonElement>(request.Content!.ReadAsStream(stop));
            if (body.TryGetProperty("template", out var template) && template.TryGetProperty("mappings", out var mappings))
                Mappings = mappings.Clone();
        }
    }
}
