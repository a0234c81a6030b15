using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Log;

namespace Pipeline.Infra.Tests.Kubernetes;

/// <summary>How objects fit together: selectors, ports, times, scaling. Each rule gives one line per finding.</summary>
internal static class FlowRules
{
    /// <summary>GatewayService ends the calls that are left in two steps of this length; it is private there.</summary>
    private static readonly TimeSpan EndOfCalls = TimeSpan.FromSeconds(4);
    /// <summary>The turn in hand, which may wait as long for brokers that are away, and the bound after it.</summary>
    private static readonly TimeSpan LastShipping = 2 * Shipper.DrainBound;

    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    public static IEnumerable<string> SelectorsFindPods(Rendered rendered)
    {
        var workloads = rendered.Workloads.ToList();
        foreach (var workload in workloads)
            if (!workload.IsSelectedBy(workload.Document.At("spec", "selector"))) yield return $"{workload.Title}: its selector misses its own pods";
        foreach (var service in rendered.OfKind("Service"))
            if (!workloads.Any(workload => workload.IsSelectedBy(new JsonObject { ["matchLabels"] = service.At("spec", "selector")?.DeepClone() })))
                yield return $"{Title(service)}: selects nothing";
        foreach (var budget in rendered.OfKind("PodDisruptionBudget"))
            if (!workloads.Any(workload => workload.IsSelectedBy(budget.At("spec", "selector")))) yield return $"{Title(budget)}: selects nothing";
        foreach (var policy in rendered.OfKind("NetworkPolicy"))
            if (!workloads.Any(workload => workload.IsSelectedBy(policy.At("spec", "podSelector")))) yield return $"{Title(policy)}: selects nothing";
        foreach (var scaler in rendered.OfKind("HorizontalPodAutoscaler", "ScaledObject"))
        {
            var target = scaler.At("spec", "scaleTargetRef");
            if (!workloads.Any(workload => workload.Name == target.At("name").Text() && workload.Document["kind"].Text() == (target.At("kind").Text() ?? "Deployment")))
                yield return $"{Title(scaler)}: scales nothing";
        }

        foreach (var monitor in rendered.OfKind("ServiceMonitor"))
        {
            var found = rendered.OfKind("Service").Where(service => monitor.At("spec", "selector", "matchLabels").Members().All(wanted => service.At("metadata", "labels", wanted.Key).Text() == wanted.Value.Text())).ToList();
            foreach (var workload in rendered.Services)
            {
                var service = found.FirstOrDefault(service => service.At("spec", "selector").Members().All(label => workload.Labels.GetValueOrDefault(label.Key) == label.Value.Text()));
                if (service is null) yield return $"{Title(monitor)}: does not scrape {workload.Name}";
                // Rules tell services apart by job.
                else if (service.At("metadata", "labels", monitor.At("spec", "jobLabel").Text()!).Text() != workload.Name)
                    yield return $"{Title(monitor)}: the job of {workload.Name} is not its name";
            }
        }
    }

    public static IEnumerable<string> PortsExist(Rendered rendered)
    {
        foreach (var workload in rendered.Workloads)
        {
            var ports = workload.Containers.SelectMany(static container => container["ports"].Items()).Select(static port => port["name"].Text()).ToHashSet();
            foreach (var container in workload.Containers)
            foreach (var probe in new[] { "startupProbe", "readinessProbe", "livenessProbe" })
                if ((container.At(probe, "httpGet", "port") ?? container.At(probe, "tcpSocket", "port")).Text() is { } port && !ports.Contains(port))
                    yield return $"{workload.Title}: {probe} asks on port {port}";
            foreach (var service in rendered.OfKind("Service").Where(service => workload.IsSelectedBy(new JsonObject { ["matchLabels"] = service.At("spec", "selector")?.DeepClone() })))
            foreach (var port in service.At("spec", "ports").Items())
                if (!ports.Contains(port["targetPort"].Text())) yield return $"{Title(service)}: {workload.Name} has no port {port["targetPort"]}";
            foreach (var policy in rendered.OfKind("NetworkPolicy").Where(policy => workload.IsSelectedBy(policy.At("spec", "podSelector"))))
            foreach (var port in policy.At("spec", "ingress").Items().SelectMany(static rule => rule["ports"].Items()).Select(static port => port["port"].Text()!))
                if (!long.TryParse(port, out _) && !ports.Contains(port)) yield return $"{Title(policy)}: {workload.Name} has no port {port}";
        }
    }

    /// <summary>The addresses that a service is told to listen on are the ports that its container shows.</summary>
    public static IEnumerable<string> ServicesListenOnTheirPorts(Rendered rendered)
    {
        foreach (var workload in rendered.Services)
        {
            foreach (var (option, name) in new[] { ("Admin__Address", "admin"), ("Gateway__Address", "calls") })
            {
                var shown = workload.Containers.SelectMany(static container => container["ports"].Items()).FirstOrDefault(port => port["name"].Text() == name)?["containerPort"].Text();
                var told = workload.Environment.GetValueOrDefault(option);
                if ((shown is null) != (told is null) || told is not null && told != $"0.0.0.0:{shown}")
                    yield return $"{workload.Title}: {option} is {told}, its container shows {shown}";
            }
        }
    }

    public static IEnumerable<string> NothingIsReachableUnasked(Rendered rendered)
    {
        var policies = rendered.OfKind("NetworkPolicy").Select(static policy => policy["spec"]!).ToList();
        if (!policies.Any(static policy => !policy["podSelector"].Members().Any() && policy["ingress"] is null && policy["egress"] is null && policy["policyTypes"].Items().Count() == 2))
            yield return "there is no policy that denies everything";
        foreach (var workload in rendered.Workloads)
            if (!policies.Any(policy => policy["podSelector"].Members().Any() && policy["egress"] is not null && workload.IsSelectedBy(policy["podSelector"])))
                yield return $"{workload.Title}: no policy lets it out";
    }

    /// <summary>A pod is not killed while it drains: preStop, the whole drain and a margin fit into its grace period.</summary>
    public static IEnumerable<string> GracePeriodsCoverTheDrain(Rendered rendered)
    {
        foreach (var workload in rendered.Services)
        {
            var environment = workload.Environment;
            if (Seconds(environment, "Shutdown__DrainTimeout") is not { } drain)
            {
                yield return $"{workload.Title}: Shutdown__DrainTimeout is not given in seconds";
                continue;
            }

            var preStop = workload.Containers.Sum(static container => long.Parse(container.At("lifecycle", "preStop", "sleep", "seconds").Text() ?? "0", CultureInfo.InvariantCulture));
            var grace = TimeSpan.FromSeconds(long.Parse(workload.Pod["terminationGracePeriodSeconds"].Text() ?? "30", CultureInfo.InvariantCulture));
            if (grace < TimeSpan.FromSeconds(preStop) + drain + Margin)
                yield return $"{workload.Title}: {grace} is less than preStop {preStop} s + drain {drain} + {Margin}";
            if (Seconds(environment, "Gateway__StopTimeout") is { } stop && drain < stop + EndOfCalls + LastShipping)
                yield return $"{workload.Title}: drain {drain} is less than {stop} for calls + {EndOfCalls} + {LastShipping} to ship";
        }
    }

    /// <summary>The spool is on a volume that outlives its pod, larger than its bound, and no autoscaler takes away a pod with events in it.</summary>
    public static IEnumerable<string> TheSpoolIsKept(Rendered rendered)
    {
        foreach (var gateway in rendered.Services.Where(static workload => workload.Name == "gateway-edge"))
        {
            if (gateway.Document["kind"].Text() != "StatefulSet") yield return $"{gateway.Title}: pods do not come back to their spools";
            var retention = gateway.Document.At("spec", "persistentVolumeClaimRetentionPolicy");
            foreach (var when in new[] { "whenDeleted", "whenScaled" })
                if (retention.At(when).Text() != "Retain") yield return $"{gateway.Title}: {when} does not keep the spool's volume";
            var claims = gateway.Document.At("spec", "volumeClaimTemplates").Items().ToDictionary(static claim => claim.At("metadata", "name").Text()!, static claim => claim.At("spec", "resources", "requests", "storage").Text()!);
            var mount = gateway.Containers.SelectMany(static container => container["volumeMounts"].Items()).FirstOrDefault(mount => claims.ContainsKey(mount["name"].Text()!));
            if (mount is null || !gateway.Environment["Gateway__Spool__Path"].StartsWith(mount["mountPath"].Text() + "/", StringComparison.Ordinal))
            {
                yield return $"{gateway.Title}: the spool is not on the claimed volume";
                continue;
            }

            if (Gibibytes(claims[mount["name"].Text()!], "Gi") < 1.25 * Gibibytes(gateway.Environment["Gateway__Spool__MaxBytes"], "GiB"))
                yield return $"{gateway.Title}: the volume leaves no room beside the spool's bound";
        }

        foreach (var scaler in rendered.OfKind("HorizontalPodAutoscaler").Where(static scaler => scaler.At("spec", "scaleTargetRef", "name").Text() == "gateway-edge"))
            if (scaler.At("spec", "behavior", "scaleDown", "selectPolicy").Text() != "Disabled")
                yield return $"{Title(scaler)}: scales in without asking the spool";
        foreach (var scaler in rendered.OfKind("ScaledObject").Where(static scaler => scaler.At("spec", "scaleTargetRef", "name").Text() == "gateway-edge"))
        {
            if (!scaler.At("spec", "triggers").Items().Any(static trigger => trigger.At("metadata", "query").Text() == "pipeline:gateway_pods_held:count" && trigger.At("metadata", "threshold").Text() == "1" && trigger.At("metadata", "ignoreNullValues").Text() == "false"))
                yield return $"{Title(scaler)}: scales in without asking the spool";
        }
    }

    public static IEnumerable<string> OneAutoscalerHasTheReplicas(Rendered rendered)
    {
        foreach (var workload in rendered.Services)
        {
            var scalers = rendered.OfKind("HorizontalPodAutoscaler", "ScaledObject").Count(scaler => scaler.At("spec", "scaleTargetRef", "name").Text() == workload.Name);
            if (scalers > 1) yield return $"{workload.Title}: {scalers} autoscalers fight over it";
            if (scalers == 1 && workload.Document.At("spec", "replicas") is not null)
                yield return $"{workload.Title}: each apply would reset what its autoscaler chose";
            if (scalers == 0 && workload.Document.At("spec", "replicas") is null) yield return $"{workload.Title}: nobody says how many";
        }
    }

    /// <summary>KEDA asks for the groups and topics that the code reads, and for no more readers than partitions.</summary>
    public static IEnumerable<string> LagIsAskedForByTheCodesNames(Rendered rendered)
    {
        foreach (var scaler in rendered.OfKind("ScaledObject"))
        foreach (var trigger in scaler.At("spec", "triggers").Items().Where(static trigger => trigger["type"].Text() == "kafka"))
        {
            var (group, topic) = (trigger.At("metadata", "consumerGroup").Text(), trigger.At("metadata", "topic").Text());
            if (!Topics.All().Any(spec => spec.Name == topic && spec.Groups.Contains(group!)))
                yield return $"{Title(scaler)}: no group {group} reads {topic}";
            if (long.Parse(scaler.At("spec", "maxReplicaCount").Text()!, CultureInfo.InvariantCulture) > Topics.DefaultPartitions)
                yield return $"{Title(scaler)}: more readers than partitions";
            var brokers = rendered.Services.Select(static workload => workload.Environment["Kafka__Bootstrap"]).Distinct().Single();
            if (trigger.At("metadata", "bootstrapServers").Text() != brokers) yield return $"{Title(scaler)}: asks other brokers than the services";
        }
    }

    private static string Title(JsonObject document) => $"{document["kind"]}/{document.At("metadata", "name")}";

    private static TimeSpan? Seconds(IReadOnlyDictionary<string, string> environment, string option) =>
        environment.TryGetValue(option, out var text) && text.EndsWith('s') && double.TryParse(text[..^1], CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;

    private static double Gibibytes(string text, string unit) =>
        text.EndsWith(unit, StringComparison.Ordinal) ? double.Parse(text[..^unit.Length], CultureInfo.InvariantCulture) : throw new FormatException($"'{text}' is not in {unit}");
}
