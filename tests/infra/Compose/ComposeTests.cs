using System.Text.Json.Nodes;
using Pipeline.Infra.Tests.Kubernetes;
using Xunit;

namespace Pipeline.Infra.Tests.Compose;

public sealed class ComposeTests
{
    private const string Folder = "infra/compose";
    private const string Path = Folder + "/compose.yaml";

    [Fact]
    public void Compose_AsCommitted_IsWhole()
    {
        var findings = Findings(Repository.Read(Path)).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    /// <summary>What is changed into what, and what the finding must mention.</summary>
    public static TheoryData<string, string, string> Faults => new()
    {
        { "kibana: {condition: service_healthy}", "kibbana: {condition: service_healthy}", "kibbana" },
        { "../prometheus/rules.yml", "../prometheus/rule.yml", "rule.yml" },
        { "[spool:/var/lib/gateway-edge]", "[spol:/var/lib/gateway-edge]", "spol" },
        { "infra/images/es-sink.Dockerfile", "infra/images/sink.Dockerfile", "sink.Dockerfile" },
        { "Elasticsearch__Replicas", "Elasticsearch__Replica", "Elasticsearch__Replica" },
        { "Gateway__StopTimeout: 30s", "Gateway__StopTimout: 30s", "StopTimout" },
        { "stop_grace_period: 65s\n    ports: [\"127.0.0.1:8080:8080\"]", "stop_grace_period: 60s\n    ports: [\"127.0.0.1:8080:8080\"]", "stop_grace_period" },
        { "127.0.0.1:9200:9200", "9200:9200", "every address" },
        { "apache/kafka:4.1.0", "apache/kafka", "version" },
        { "elasticsearch:9.1.0", "elasticsearch:9.2.0", "Kubernetes" },
        { "http://schema-registry:8081\n\nservices:", "http://registry:8081\n\nservices:", "registry" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Compose_SeededFault_IsFound(string from, string to, string mentioned)
    {
        var clean = Repository.Read(Path);
        var text = clean.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(clean, text);
        Assert.Contains(Findings(text), finding => finding.Contains(mentioned, StringComparison.Ordinal));
    }

    [Fact]
    public void Compose_ByThePublishedSchema_IsValid()
    {
        var clean = Repository.Read(Path);
        (string From, string To)[] faults = [("restart: unless-stopped", "restarts: unless-stopped"), ("healthcheck:", "health_check:"), ("retries: 60", "retries: [60]"), ("read_only: true", "read_only: [true]"), ("volumes: [kafka:", "volume: [kafka:")];
        var texts = faults.ToDictionary(static fault => fault.To, fault => clean.Replace(fault.From, fault.To, StringComparison.Ordinal));
        Assert.DoesNotContain(clean, texts.Values);
        texts.Add("clean", clean);
        var findings = NodeChecks.Run("compose", texts);
        Assert.Empty(findings["clean"]);
        foreach (var (_, to) in faults) Assert.NotEmpty(findings[to]);
    }

    [Fact]
    public void Compose_ByItsOwnProgram_IsValid()
    {
        if (Repository.Run("docker", ["compose", "version"]).ExitCode != 0) Assert.Skip("docker has no compose plugin on this machine");
        var (exitCode, _, errors) = Repository.Run("docker", ["compose", "-f", Repository.PathOf(Path), "config", "--quiet"]);
        Assert.True(exitCode == 0, errors);
    }

    /// <summary>The built programs judge what compose tells them.</summary>
    [Theory, InlineData("gateway-edge"), InlineData("usage-enricher"), InlineData("es-sink"), InlineData("budget-watcher")]
    public void Service_ComposeEnvironment_IsValid(string service)
    {
        using var files = new PodFiles();
        files.Add("/etc/budget-watcher", [("budgets.yaml", Repository.Read(Folder + "/budgets.yaml"))]);
        var environment = Yaml.Documents(Repository.Read(Path)).Single().At("services", service, "environment").Members()
            .ToDictionary(static variable => variable.Key, variable => files.Translate(variable.Value.Text()!));
        var (exitCode, output) = ServicePrograms.Validate(service, files.Folder, environment);
        Assert.True(exitCode == 0, output);
    }

    private static IEnumerable<string> Findings(string text)
    {
        var compose = Yaml.Documents(text).Single();
        var services = compose["services"]!.AsObject();
        var volumes = compose["volumes"].Members().Select(static volume => volume.Key).ToHashSet();
        foreach (var (name, node) in services)
        {
            var service = node!;
            foreach (var finding in Places(name, service, volumes)) yield return finding;
            foreach (var needed in (service.At("depends_on") as JsonObject)?.Select(static one => (one.Key, Condition: one.Value.At("condition").Text())) ?? [])
            {
                if (services[needed.Key] is not { } other) yield return $"{name}: depends on {needed.Key}, which is missing";
                else if (needed.Condition == "service_healthy" && other["healthcheck"] is null)
                    yield return $"{name}: waits for {needed.Key}, which tells no health";
            }

            foreach (var host in service["environment"].Members().Select(static variable => variable.Value.Text()).OfType<string>()
                .Where(static value => value.StartsWith("http://", StringComparison.Ordinal)).Select(static value => new Uri(value).Host))
                if (!host.Contains('.') && !services.ContainsKey(host)) yield return $"{name}: asks {host}, which is missing";
            foreach (var port in service["ports"].Items().Select(static port => port.Text()!))
                if (!port.StartsWith("127.0.0.1:", StringComparison.Ordinal)) yield return $"{name}: {port} listens on every address";
            var image = service["image"].Text()!;
            if (!image[(image.LastIndexOf('/') + 1)..].Contains(':')) yield return $"{name}: image {image} names no version";
            if (!ServicePrograms.Names.Contains(name)) continue;
            foreach (var unknown in OptionRules.Unknown(service["environment"].Members()
                .Select(static variable => variable.Key))) yield return $"{name}: {unknown} is no option";
            var (grace, drain) = (Seconds(service["stop_grace_period"]), Seconds(service.At("environment", "Shutdown__DrainTimeout") ?? "25s"));
            if (grace < drain + 10) yield return $"{name}: stop_grace_period {grace} s is less than drain {drain} s + 10 s";
        }

        foreach (var image in Rendered.Of(Rendered.Dev).Workloads.SelectMany(static workload => workload.Containers)
            .Select(static container => container["image"].Text()!))
            if (!services.Any(service => service.Value.At("image").Text() == image))
                yield return $"Kubernetes runs {image}, compose another version or none";
    }

    private static IEnumerable<string> Places(string name, JsonNode service, HashSet<string> volumes)
    {
        foreach (var source in service["volumes"].Items().Select(static volume => volume.Text()!.Split(':')[0]))
        {
            if (!source.StartsWith('.'))
            {
                if (!volumes.Contains(source)) yield return $"{name}: volume {source} is missing";
            }
            else if (!System.IO.Path.Exists(System.IO.Path.Combine(Repository.PathOf(Folder), source)))
                yield return $"{name}: mounts {source}, which is missing";
        }

        if (service.At("build", "dockerfile").Text() is { } file && !File.Exists(System.IO.Path.Combine(Repository.PathOf(Folder), service.At("build", "context").Text()!, file)))
            yield return $"{name}: {file} is missing";
    }

    private static double Seconds(JsonNode? text) => double.Parse((text.Text() ?? "10s")[..^1], System.Globalization.CultureInfo.InvariantCulture);
}
