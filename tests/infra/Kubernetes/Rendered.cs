using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Xunit;

namespace Pipeline.Infra.Tests.Kubernetes;

/// <summary>One folder of infra/kubernetes as `kubectl apply -k` would send it.</summary>
/// <param name="GivenSecrets">Secrets that its README tells to make by hand, each with its keys.</param>
internal sealed record Rendered(string Text, IReadOnlyList<JsonObject> Documents, IReadOnlyDictionary<string, string[]> GivenSecrets)
{
    public const string Base = "base", Dev = "overlays/dev", Production = "overlays/production", Operators = "overlays/production-operators";

    private static readonly ConcurrentDictionary<string, Rendered> Known = new();

    /// <summary>Skips the calling test where kubectl is missing.</summary>
    public static Rendered Of(string folder) => Known.GetOrAdd(folder, static folder =>
    {
        var (exitCode, output, errors) = Repository.Run("kubectl", ["kustomize", Repository.PathOf("infra/kubernetes/" + folder)]);
        Assert.True(exitCode == 0, errors);
        return From(output, SecretsToMake());
    });

    public static Rendered From(string text, IReadOnlyDictionary<string, string[]> givenSecrets) => new(text, Yaml.Documents(text), givenSecrets);

    /// <summary>The documents, each as its own text, that contain <paramref name="part"/>.</summary>
    public IReadOnlyList<string> TextsWith(string part) =>
        [.. Text.Split("\n---\n").Where(document => document.Contains(part, StringComparison.Ordinal))];

    public IEnumerable<JsonObject> OfKind(params string[] kinds) => Documents.Where(document => kinds.Contains(document["kind"].Text()));

    /// <summary>Deployments, StatefulSets and Jobs.</summary>
    public IEnumerable<Workload> Workloads => OfKind("Deployment", "StatefulSet", "Job").Select(document => new Workload(this, document));

    public IEnumerable<Workload> Jobs => Workloads.Where(static workload => workload.Document["kind"].Text() == "Job");

    /// <summary>Those of the product, not the servers around it.</summary>
    public IEnumerable<Workload> Services => Workloads.Where(static workload => workload.Labels.ContainsKey("llm-usage/service"));

    /// <summary>What runs an image of the product: services and the Job that provisions.</summary>
    public IEnumerable<Workload> Programs => Services.Concat(Jobs.Where(static job => job.Containers.Any(static container => container["image"].Text()!.Contains("llm-usage/", StringComparison.Ordinal))));

    private static Dictionary<string, string[]> SecretsToMake() =>
        Repository.Read("infra/kubernetes/overlays/production/README.md").Split('\n')
            .Select(static line => line.Split('#')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(static words => words.Contains("generic"))
            .ToDictionary(
                static words => words[Array.IndexOf(words, "generic") + 1],
                static words => words.Where(static word => word.StartsWith("--from-file=", StringComparison.Ordinal))
                    .Select(static word => word["--from-file=".Length..]).ToArray());
}

/// <summary>A set of pods.</summary>
internal sealed record Workload(Rendered Rendered, JsonObject Document)
{
    public string Name => Document.At("metadata", "name").Text()!;

    public string Title => $"{Document["kind"]}/{Name}";

    public JsonNode Pod => Document.At("spec", "template", "spec")!;

    public IEnumerable<JsonNode> Containers => Pod["containers"].Items();

    public IReadOnlyDictionary<string, string> Labels => LabelsOf(Document.At("spec", "template", "metadata", "labels"));

    /// <summary>What the container's process finds in its environment, values from the pod's own fields as their paths.</summary>
    public IReadOnlyDictionary<string, string> Environment
    {
        get
        {
            var all = new Dictionary<string, string>();
            foreach (var container in Containers)
            {
                foreach (var source in container["envFrom"].Items())
                    foreach (var (key, value) in ConfigMap(source.At("configMapRef", "name").Text())) all[key] = value;
                foreach (var variable in container["env"].Items())
                    all[variable["name"].Text()!] = variable["value"].Text() ?? variable.At("valueFrom", "fieldRef", "fieldPath").Text() ?? "";
            }

            return all;
        }
    }

    public bool IsSelectedBy(JsonNode? selector)
    {
        var labels = Labels;
        return selector.At("matchLabels").Members().All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value.Text())
            && selector.At("matchExpressions").Items().All(wanted => wanted["values"].Items().Any(value => labels.GetValueOrDefault(wanted["key"].Text()!) == value.Text()));
    }

    public IReadOnlyDictionary<string, string> ConfigMap(string? name) =>
        LabelsOf(Rendered.OfKind("ConfigMap").FirstOrDefault(map => map.At("metadata", "name").Text() == name).At("data"));

    private static Dictionary<string, string> LabelsOf(JsonNode? members) => members.Members().ToDictionary(static member => member.Key, static member => member.Value.Text() ?? "");
}
