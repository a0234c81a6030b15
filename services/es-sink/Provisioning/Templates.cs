using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Rendering;

namespace Pipeline.EsSink.Provisioning;

/// <param name="Path">Where it is put and read, relative to the cluster's address.</param>
/// <param name="Name">For messages.</param>
/// <param name="Hash">SHA-256 of the content without `_meta`, first 16 hex digits.</param>
internal sealed record Template(string Path, string Name, byte[] Content, string Hash);

/// <summary>The templates of the days' indices. The mappings come from the table that also renders the documents.</summary>
internal static class Templates
{
    /// <summary>Raised with every change of fields or settings; a higher one found in the cluster is left alone.</summary>
    public const int Version = 1;

    public const string Product = "llm-usage-pipeline";
    public const string PolicyName = "llm-usage";

    private const string SettingsName = "llm-usage-settings";
    private const string MappingsName = "llm-usage-mappings";

    /// <summary>What an operator may add; never written by the product.</summary>
    private const string CustomName = "llm-usage-custom";

    /// <summary>Above the priorities that Elastic's own templates use.</summary>
    private const int Priority = 500;

    /// <param name="hasLifecycle">The cluster offers index lifecycle management.</param>
    public static IReadOnlyList<Template> All(ElasticsearchOptions options, bool hasLifecycle) =>
    [
        MakeComponent(SettingsName, "settings", Settings(options, hasLifecycle)),
        MakeComponent(MappingsName, "mappings", Mappings()),
        Make("_index_template/", DayIndex.Alias, new JsonObject
        {
            ["index_patterns"] = new JsonArray(DayIndex.Pattern),
            ["priority"] = Priority,
            ["composed_of"] = new JsonArray(SettingsName, MappingsName, CustomName),
            ["ignore_missing_component_templates"] = new JsonArray(CustomName),
            // An index that retention has taken away must not come back by itself with one late document.
            ["allow_auto_create"] = false,
            ["template"] = new JsonObject { ["aliases"] = new JsonObject { [DayIndex.Alias] = new JsonObject() } },
        }),
    ];

    /// <summary>`dynamic: false`: a field that the mappings do not have stays in the source and never breaks a document.</summary>
    public static JsonObject Mappings() => new() { ["dynamic"] = false, ["properties"] = Properties(FieldTree.Root) };

    public static byte[] Policy(int retentionDays)
    {
        var delete = new JsonObject { ["min_age"] = $"{retentionDays}d", ["actions"] = new JsonObject { ["delete"] = new JsonObject() } };
        var phases = new JsonObject { ["hot"] = new JsonObject { ["actions"] = new JsonObject() }, ["delete"] = delete };
        return Encode(new JsonObject { ["policy"] = new JsonObject { ["phases"] = phases, ["_meta"] = new JsonObject { ["product"] = Product } } });
    }

    private static JsonObject Settings(ElasticsearchOptions options, bool hasLifecycle)
    {
        var index = new JsonObject
        {
            ["number_of_shards"] = options.Shards,
            ["number_of_replicas"] = options.Replicas,
            ["refresh_interval"] = $"{(long)options.RefreshInterval.TotalMilliseconds}ms",
            ["codec"] = "best_compression",
            ["mapping"] = new JsonObject { ["ignore_malformed"] = false },
        };
        if (hasLifecycle) index["lifecycle"] = new JsonObject { ["name"] = PolicyName };
        return new JsonObject { ["index"] = index };
    }

    private static JsonObject Properties(FieldTree node)
    {
        var properties = new JsonObject();
        foreach (var child in node.Children)
            properties[child.Name] = child.Field is { } field ? JsonNode.Parse(field.Mapping) : new JsonObject { ["properties"] = Properties(child) };
        return properties;
    }

    private static Template MakeComponent(string name, string part, JsonObject content) =>
        Make("_component_template/", name, new JsonObject { ["template"] = new JsonObject { [part] = content } });

    private static Template Make(string folder, string name, JsonObject content)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encode(content)))[..16];
        content["_meta"] = new JsonObject { ["product"] = Product, ["version"] = Version, ["hash"] = hash };
        return new Template(folder + name, name, Encode(content), hash);
    }

    private static byte[] Encode(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(JsonSerializerOptions.Default));
}
