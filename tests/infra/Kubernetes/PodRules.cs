using System.Text.Json.Nodes;

namespace Pipeline.Infra.Tests.Kubernetes;

/// <summary>What every pod must be. Each rule gives one line per finding.</summary>
internal static class PodRules
{
    public static IEnumerable<string> PodsAreRestricted(Rendered rendered)
    {
        foreach (var workload in rendered.Workloads)
        {
            var pod = workload.Pod;
            if (pod.At("securityContext", "runAsNonRoot").Text() != "true") yield return $"{workload.Title}: may run as root";
            if (pod.At("securityContext", "seccompProfile", "type").Text() != "RuntimeDefault")
                yield return $"{workload.Title}: has no seccomp profile";
            if (pod["automountServiceAccountToken"].Text() != "false") yield return $"{workload.Title}: gets a token of the cluster";
            if (pod["enableServiceLinks"].Text() != "false") yield return $"{workload.Title}: gets service links, which some images read as settings";
            foreach (var member in new[] { "hostNetwork", "hostPID", "hostIPC" })
                if (pod[member] is not null) yield return $"{workload.Title}: uses {member}";
            if (pod["volumes"].Items().Any(static volume => volume["hostPath"] is not null))
                yield return $"{workload.Title}: mounts a folder of the host";
            foreach (var container in workload.Containers)
            {
                var context = container["securityContext"];
                if (context.At("allowPrivilegeEscalation").Text() != "false") yield return $"{workload.Title}: may gain privileges";
                if (context.At("privileged") is not null) yield return $"{workload.Title}: says privileged";
                if (context.At("capabilities", "drop").Items().All(static capability => capability.Text() != "ALL"))
                    yield return $"{workload.Title}: keeps capabilities";
                if (container.At("resources", "limits", "memory") is null) yield return $"{workload.Title}: has no bound of memory";
                if (container.At("resources", "requests", "cpu") is null) yield return $"{workload.Title}: asks for no processor";
            }
        }
    }

    public static IEnumerable<string> ServicesRunReadOnlyWithoutShell(Rendered rendered)
    {
        foreach (var workload in rendered.Services)
        foreach (var container in workload.Containers)
        {
            if (container.At("securityContext", "readOnlyRootFilesystem").Text() != "true")
                yield return $"{workload.Title}: its root can be written to";
            if (container["command"] is not null) yield return $"{workload.Title}: overrides the image's program";
            foreach (var (probe, path) in new[] { ("startupProbe", "/healthz"), ("readinessProbe", "/readyz"), ("livenessProbe", "/healthz") })
                if (container.At(probe, "httpGet", "path").Text() != path) yield return $"{workload.Title}: {probe} does not ask for {path}";
            if (container.At("lifecycle", "preStop", "exec") is not null) yield return $"{workload.Title}: preStop needs a shell";
        }
    }

    public static IEnumerable<string> ServicesAreSpreadAndGuarded(Rendered rendered)
    {
        foreach (var workload in rendered.Services)
        {
            foreach (var key in new[] { "topology.kubernetes.io/zone", "kubernetes.io/hostname" })
                if (!workload.Pod["topologySpreadConstraints"].Items().Any(spread => spread["topologyKey"].Text() == key && workload.IsSelectedBy(spread["labelSelector"])))
                    yield return $"{workload.Title}: is not spread over {key}";
            if (!rendered.OfKind("PodDisruptionBudget").Any(budget => workload.IsSelectedBy(budget.At("spec", "selector"))))
                yield return $"{workload.Title}: has no disruption budget";
        }
    }

    public static IEnumerable<string> ImagesAreTagged(Rendered rendered) =>
        from workload in rendered.Workloads
        from container in workload.Containers
        let image = container["image"].Text()!
        where !image[(image.LastIndexOf('/') + 1)..].Contains(':') || image.EndsWith(":latest", StringComparison.Ordinal)
        select $"{workload.Title}: image {image} names no version";

    /// <summary>Values that are secrets come from Secrets only, as files or by reference.</summary>
    public static IEnumerable<string> SecretsAreReferences(Rendered rendered)
    {
        foreach (var workload in rendered.Programs)
        foreach (var (name, value) in workload.Environment)
        {
            var looksSecret = new[] { "Password", "Secret", "ApiKey", "Credentials", "Headers" }.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));
            if (looksSecret && value.Length > 0 && !value.StartsWith('/')) yield return $"{workload.Title}: {name} carries a value";
        }

        foreach (var map in rendered.OfKind("ConfigMap"))
        foreach (var (key, value) in map["data"].Members())
            if (value.Text() is { } text && (text.Contains("BEGIN PRIVATE KEY", StringComparison.Ordinal) || text.Contains("whsec_", StringComparison.Ordinal)))
                yield return $"ConfigMap {key}: carries a key";
    }

    /// <summary>Each name that a pod refers to exists: in the same folder, or as a Secret that the README tells to make.</summary>
    public static IEnumerable<string> ReferencesExist(Rendered rendered)
    {
        var accounts = Names(rendered, "ServiceAccount");
        foreach (var workload in rendered.Workloads)
        {
            var maps = workload.Pod["volumes"].Items().Select(static volume => volume.At("configMap", "name").Text())
                .Concat(workload.Pod["volumes"].Items().SelectMany(static volume => volume.At("projected", "sources").Items()).Select(static source => source.At("configMap", "name").Text()))
                .Concat(workload.Containers.SelectMany(static container => container["envFrom"].Items())
                    .Select(static source => source.At("configMapRef", "name").Text()));
            foreach (var map in maps.OfType<string>())
                if (!Names(rendered, "ConfigMap").Contains(map)) yield return $"{workload.Title}: ConfigMap {map} is missing";
            foreach (var secret in workload.Pod["volumes"].Items().Select(static volume => volume["secret"]).OfType<JsonNode>())
            {
                var name = secret["secretName"].Text()!;
                var isMade = rendered.OfKind("Secret").Any(made => made.At("metadata", "name").Text() == name);
                if (!isMade && !rendered.GivenSecrets.ContainsKey(name)) yield return $"{workload.Title}: nobody makes Secret {name}";
                foreach (var key in secret["items"].Items().Select(static item => item["key"].Text()!))
                    if (!isMade && rendered.GivenSecrets.TryGetValue(name, out var keys) && !keys.Contains(key))
                        yield return $"{workload.Title}: Secret {name} is made without {key}";
            }

            var volumes = workload.Pod["volumes"].Items().Select(static volume => volume["name"].Text())
                .Concat(workload.Document.At("spec", "volumeClaimTemplates").Items().Select(static claim => claim.At("metadata", "name").Text())).ToHashSet();
            foreach (var mount in workload.Containers.SelectMany(static container => container["volumeMounts"].Items()))
                if (!volumes.Contains(mount["name"].Text())) yield return $"{workload.Title}: volume {mount["name"]} is missing";
            if (workload.Pod["serviceAccountName"].Text() is { } account && !accounts.Contains(account))
                yield return $"{workload.Title}: ServiceAccount {account} is missing";
        }
    }

    private static HashSet<string> Names(Rendered rendered, string kind) => [.. rendered.OfKind(kind).Select(static document => document.At("metadata", "name").Text()!)];
}
