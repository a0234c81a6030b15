using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Infra.Tests.Kubernetes;

/// <summary>What runs once. Each rule gives one line per finding.</summary>
internal static class JobRules
{
    /// <summary>Kubernetes' bound for all annotations of an object; `kubectl apply` keeps the whole object in one of them.</summary>
    public const int MaxAnnotationBytes = 262_144;

    /// <summary>A Job cannot be changed: the next apply must find it gone, or another name for another version.</summary>
    public static IEnumerable<string> JobsEndAndCanComeAgain(Rendered rendered)
    {
        foreach (var job in rendered.Jobs)
        {
            var spec = job.Document["spec"];
            if (Number(spec.At("ttlSecondsAfterFinished")) is not (> 0 and <= 600)) yield return $"{job.Title}: stays when it is done, and another apply fails on it";
            if (Number(spec.At("activeDeadlineSeconds")) is not > 0) yield return $"{job.Title}: may run for ever";
            if (Number(spec.At("backoffLimit")) is not > 0) yield return $"{job.Title}: does not say how often it is tried";
            if (job.Pod["restartPolicy"].Text() != "Never") yield return $"{job.Title}: loses the log of a failed try";
            foreach (var container in job.Containers)
            {
                if (container.At("securityContext", "readOnlyRootFilesystem").Text() != "true") yield return $"{job.Title}: its root can be written to";
                var image = container["image"].Text()!;
                if (!image.Contains("llm-usage/", StringComparison.Ordinal)) continue;
                var tag = image[(image.LastIndexOf('/') + 1)..].Split(':').ElementAtOrDefault(1);
                if (tag is not null && !job.Name.EndsWith("-" + tag, StringComparison.Ordinal)) yield return $"{job.Title}: its name does not change with its image {image}";
            }
        }
    }

    /// <summary>Topics, schemas and templates are made by the product's own command, with the options and rights of the services.</summary>
    public static IEnumerable<string> ProvisioningRunsAsTheServices(Rendered rendered)
    {
        var job = rendered.Jobs.SingleOrDefault(static job => job.Name.StartsWith("provisioning-", StringComparison.Ordinal));
        if (job is null)
        {
            yield return "nothing provisions";
            yield break;
        }

        var container = job.Containers.Single();
        var sink = rendered.Services.Single(static service => service.Name == "es-sink");
        if (!container["args"].Items().Select(static argument => argument.Text()).SequenceEqual(["--provision"])) yield return $"{job.Title}: does not run --provision";
        if (container["image"].Text() != sink.Containers.Single()["image"].Text()) yield return $"{job.Title}: is of another version than the sink";
        if (!job.Document.At("spec", "podFailurePolicy", "rules").Items().Any(static rule =>
            rule["action"].Text() == "FailJob" && rule.At("onExitCodes", "values").Items().Any(static code => code.Text() == "2")))
            yield return $"{job.Title}: tries again with bad options";
        foreach (var (option, value) in sink.Environment.Where(static one => one.Key.Split("__")[0] is "Kafka" or "Registry" or "Elasticsearch"))
            if (job.Environment.GetValueOrDefault(option) != value) yield return $"{job.Title}: {option} is not the sink's";
        foreach (var mount in sink.Containers.Single()["volumeMounts"].Items().Select(static mount => mount["mountPath"].Text()!))
            if (!container["volumeMounts"].Items().Any(own => own["mountPath"].Text() == mount)) yield return $"{job.Title}: lacks {mount}";

        var reached = Reached(rendered, job).ToHashSet();
        foreach (var missing in Reached(rendered, sink).Where(one => !reached.Contains(one))) yield return $"{job.Title}: may not go where the sink goes: {missing}";
    }

    public static IEnumerable<string> ObjectsFitIntoTheirAnnotation(Rendered rendered) =>
        from document in rendered.Documents
        let bytes = JsonSerializer.SerializeToUtf8Bytes(document).Length
        where bytes > MaxAnnotationBytes
        select $"{document["kind"]}/{document.At("metadata", "name")}: {bytes} bytes are more than kubectl apply can keep of it";

    private static IEnumerable<string> Reached(Rendered rendered, Workload workload) =>
        from policy in rendered.OfKind("NetworkPolicy")
        where policy.At("spec", "podSelector").Members().Any() && workload.IsSelectedBy(policy.At("spec", "podSelector"))
        from rule in policy.At("spec", "egress").Items()
        from to in rule["to"].Items()
        from port in rule["ports"].Items()
        select $"{to.ToJsonString()} {port.ToJsonString()}";

    private static long? Number(JsonNode? node) => long.TryParse(node.Text(), CultureInfo.InvariantCulture, out var number) ? number : null;
}
