using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Infra.Tests;

/// <summary>YAML as JSON nodes, merge keys resolved, plain scalars typed by YAML's core schema.</summary>
internal static class Yaml
{
    public static IReadOnlyList<JsonObject> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new MergingParser(new Parser(new StringReader(text))));
        return [.. stream.Documents.Select(static document => Read(document.RootNode)).OfType<JsonObject>()];
    }

    private static JsonNode? Read(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(static child => KeyValuePair.Create(((YamlScalarNode)child.Key).Value!, Read(child.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Read)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Typed(plain.Value),
        YamlScalarNode scalar => scalar.Value,
        _ => null,
    };

    private static JsonNode? Typed(string? text) => text switch
    {
        null or "" or "~" or "null" => null,
        "true" => true,
        "false" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ => text,
    };
}

/// <summary>Short forms for reading nested documents whose members may be missing.</summary>
internal static class JsonReading
{
    /// <summary>The node below, by member names; null where one is missing.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var name in path) node = (node as JsonObject)?[name];
        return node;
    }

    /// <summary>A scalar's text; null for anything else.</summary>
    public static string? Text(this JsonNode? node) => (node as JsonValue)?.ToString();

    public static IEnumerable<JsonNode> Items(this JsonNode? node) => (node as JsonArray)?.OfType<JsonNode>() ?? [];

    public static IEnumerable<KeyValuePair<string, JsonNode?>> Members(this JsonNode? node) => node as JsonObject ?? [];
}
