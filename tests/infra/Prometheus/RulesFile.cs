using System.Text.Json.Nodes;

namespace Pipeline.Infra.Tests.Prometheus;

/// <summary>infra/prometheus/rules.yml.</summary>
internal sealed record RulesFile(JsonObject Document)
{
    public static RulesFile Read() => From(Repository.Read("infra/prometheus/rules.yml"));

    public static RulesFile From(string text) => new(Yaml.Documents(text).Single());

    public IReadOnlyList<JsonNode> Rules => [.. Document["groups"].Items().SelectMany(static group => group["rules"].Items())];

    public IEnumerable<JsonNode> Alerts => Rules.Where(static rule => rule["alert"] is not null);

    public IReadOnlyDictionary<string, string> Records =>
        Rules.Where(static rule => rule["record"] is not null).ToDictionary(static rule => rule["record"].Text()!, static rule => rule["expr"].Text()!);
}
