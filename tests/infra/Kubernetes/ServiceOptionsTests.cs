using System.Text.Json.Nodes;
using Xunit;

namespace Pipeline.Infra.Tests.Kubernetes;

/// <summary>The services themselves judge what the manifests tell them: the built programs run with `--validate` in a pod's environment.</summary>
public sealed class ServiceOptionsTests
{
    private static readonly string[] Folders = [Rendered.Base, Rendered.Dev, Rendered.Production];

    public static TheoryData<string, string> Pods => new(
        from folder in Folders
        from service in ServicePrograms.Names
        select (folder, service));

    [Theory, MemberData(nameof(Pods))]
    public void Service_PodsEnvironment_IsValid(string folder, string service)
    {
        var (exitCode, output) = Validate(Rendered.Of(folder), service);
        Assert.True(exitCode == 0, output);
    }

    [Theory, InlineData(Rendered.Base), InlineData(Rendered.Dev), InlineData(Rendered.Production)]
    public void Provisioning_PodsEnvironment_IsValid(string folder)
    {
        var (exitCode, output) = Validate(Rendered.Of(folder).Jobs.Single(static job => job.Name.StartsWith("provisioning-", StringComparison.Ordinal)), "es-sink");
        Assert.True(exitCode == 0, output);
    }

    /// <summary>Service, what is changed in the production overlay into what, and what the service must mention.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "gateway-edge", "Gateway__Spool__MaxBytes: 4GiB", "Gateway__Spool__MaxBytes: 4Gi", "Gateway:Spool:MaxBytes" },
        { "gateway-edge", "mountPath: /etc/gateway-edge/key-hash", "mountPath: /etc/gateway/key-hash", "KeyHashSecretFile" },
        { "usage-enricher", "path: password", "path: passwort", "PasswordFile" },
        { "usage-enricher", "Kafka__Security__Mechanism: scramSha512", "Kafka__Security__Mechanism: scram", "Mechanism" },
        { "es-sink", "Elasticsearch__ApiKeyFile:", "Elasticsearch__ApiKeysFile:", "ApiKeysFile" },
        { "budget-watcher", "period: month", "period: moon", "moon" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Service_SeededFault_IsRefused(string service, string from, string to, string mentioned)
    {
        var clean = Rendered.Of(Rendered.Production);
        var text = clean.Text.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(clean.Text, text);
        var (exitCode, output) = Validate(Rendered.From(text, clean.GivenSecrets), service);
        Assert.Equal(2, exitCode);
        Assert.Contains(mentioned, output, StringComparison.Ordinal);
    }

    private static (int ExitCode, string Output) Validate(Rendered rendered, string service) =>
        Validate(rendered.Services.Single(workload => workload.Name == service), service);

    private static (int ExitCode, string Output) Validate(Workload workload, string service)
    {
        using var pod = new PodFiles();
        foreach (var mount in workload.Containers.SelectMany(static container => container["volumeMounts"].Items()))
            pod.Add(mount["mountPath"].Text()!, FilesOf(workload, mount["name"].Text()!));
        return ServicePrograms.Validate(service, pod.Folder, workload.Environment.ToDictionary(static variable => variable.Key, variable => pod.Translate(variable.Value)));
    }

    private static IEnumerable<(string Name, string Contents)> FilesOf(Workload workload, string volumeName)
    {
        var volume = workload.Pod["volumes"].Items().FirstOrDefault(volume => volume["name"].Text() == volumeName);
        if (volume.At("configMap", "name").Text() is { } map) return workload.ConfigMap(map).Select(static file => (file.Key, file.Value));
        if (volume.At("secret") is not { } secret) return [];
        var items = secret["items"].Items().Select(static item => item["path"].Text()!).ToArray();
        return (items.Length > 0 ? items : workload.Rendered.GivenSecrets[secret["secretName"].Text()!]).Select(static name => (name, "sixteen bytes or more"));
    }
}
