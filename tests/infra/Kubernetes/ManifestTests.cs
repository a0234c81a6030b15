using Xunit;
using Rule = System.Func<Pipeline.Infra.Tests.Kubernetes.Rendered, System.Collections.Generic.IEnumerable<string>>;

namespace Pipeline.Infra.Tests.Kubernetes;

/// <summary>Every rule holds for every overlay, and every rule finds the faults that it is there for.</summary>
public sealed class ManifestTests
{
    private static readonly Dictionary<string, Rule> Rules = new Rule[]
    {
        PodRules.PodsAreRestricted, PodRules.ServicesRunReadOnlyWithoutShell, PodRules.ServicesAreSpreadAndGuarded, PodRules.ImagesAreTagged,
        PodRules.SecretsAreReferences, PodRules.ReferencesExist, FlowRules.SelectorsFindPods, FlowRules.PortsExist, FlowRules.ServicesListenOnTheirPorts,
        FlowRules.NothingIsReachableUnasked, FlowRules.GracePeriodsCoverTheDrain, FlowRules.TheSpoolIsKept, FlowRules.OneAutoscalerHasTheReplicas,
        FlowRules.LagIsAskedForByTheCodesNames, OptionRules.EnvironmentNamesOptions,
        JobRules.JobsEndAndCanComeAgain, JobRules.ProvisioningRunsAsTheServices, JobRules.ObjectsFitIntoTheirAnnotation,
    }.ToDictionary(rule => rule.Method.Name);

    public static TheoryData<string, string> RulesAndFolders => new(
        from rule in Rules.Keys
        from folder in new[] { Rendered.Base, Rendered.Dev, Rendered.Production, Rendered.Operators }
        // The base leaves versions to its overlays.
        where rule != nameof(PodRules.ImagesAreTagged) || folder != Rendered.Base
        select (rule, folder));

    [Theory, MemberData(nameof(RulesAndFolders))]
    public void Manifests_AsRendered_KeepRule(string rule, string folder)
    {
        var findings = Rules[rule](Rendered.Of(folder)).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    /// <summary>Rule, folder, what is changed into what, and what the finding must mention.</summary>
    public static TheoryData<string, string, string, string, string> Faults => new()
    {
        { nameof(PodRules.PodsAreRestricted), Rendered.Production, "runAsNonRoot: true", "runAsNonRoot: false", "as root" },
        { nameof(PodRules.PodsAreRestricted), Rendered.Production, "        - ALL\n", "        - NET_RAW\n", "capabilities" },
        { nameof(PodRules.PodsAreRestricted), Rendered.Production, "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "gain privileges" },
        { nameof(PodRules.PodsAreRestricted), Rendered.Dev, "memory: 1536Mi", "ephemeral-storage: 1Gi", "bound of memory" },
        { nameof(PodRules.PodsAreRestricted), Rendered.Production, "      enableServiceLinks: false\n", "      enableServiceLinks: false\n      hostNetwork: true\n", "hostNetwork" },
        { nameof(PodRules.ServicesRunReadOnlyWithoutShell), Rendered.Production, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "written to" },
        { nameof(PodRules.ServicesRunReadOnlyWithoutShell), Rendered.Production, "path: /readyz", "path: /healthz", "readinessProbe" },
        { nameof(PodRules.ServicesRunReadOnlyWithoutShell), Rendered.Production, "livenessProbe:", "otherProbe:", "livenessProbe" },
        { nameof(PodRules.ServicesRunReadOnlyWithoutShell), Rendered.Production, "            sleep:\n              seconds: 5", "            exec:\n              command: [sleep, \"5\"]", "shell" },
        { nameof(PodRules.ServicesAreSpreadAndGuarded), Rendered.Production, "topologyKey: kubernetes.io/hostname", "topologyKey: hostname", "hostname" },
        { nameof(PodRules.ServicesAreSpreadAndGuarded), Rendered.Production, "kind: PodDisruptionBudget", "kind: Gone", "disruption" },
        { nameof(PodRules.ImagesAreTagged), Rendered.Dev, "image: apache/kafka:4.1.0", "image: apache/kafka:latest", "kafka" },
        { nameof(PodRules.ImagesAreTagged), Rendered.Production, "es-sink:0.1.0", "es-sink", "es-sink" },
        { nameof(PodRules.SecretsAreReferences), Rendered.Production, "PasswordFile: /etc/pipeline/kafka/password", "Password: hunter2", "carries a value" },
        { nameof(PodRules.SecretsAreReferences), Rendered.Production, "  budgets.yaml: |\n", "  budgets.yaml: |\n    # whsec_abc\n", "carries a key" },
        { nameof(PodRules.ReferencesExist), Rendered.Production, "secretName: kafka-credentials", "secretName: kafka-password", "kafka-password" },
        { nameof(PodRules.ReferencesExist), Rendered.Production, "key: api-key", "key: apikey", "apikey" },
        { nameof(PodRules.ReferencesExist), Rendered.Production, "serviceAccountName: es-sink", "serviceAccountName: sink", "sink" },
        { nameof(PodRules.ReferencesExist), Rendered.Production, "          name: spool\n", "          name: spol\n", "spol" },
        { nameof(PodRules.ReferencesExist), Rendered.Production, "        - configMapRef:\n            name: gateway-edge", "        - configMapRef:\n            name: gateway", "ConfigMap gateway" },
        { nameof(FlowRules.SelectorsFindPods), Rendered.Production, "  selector:\n    app.kubernetes.io/name: gateway-edge", "  selector:\n    app.kubernetes.io/name: gateway", "Service/gateway-edge" },
        { nameof(FlowRules.SelectorsFindPods), Rendered.Production, "kind: StatefulSet\n    name: gateway-edge", "kind: Deployment\n    name: gateway-edge", "scales nothing" },
        { nameof(FlowRules.SelectorsFindPods), Rendered.Operators, "      llm-usage/scrape: \"true\"", "      llm-usage/scrape: \"yes\"", "does not scrape" },
        { nameof(FlowRules.SelectorsFindPods), Rendered.Operators, "jobLabel: app.kubernetes.io/name", "jobLabel: app", "job of" },
        { nameof(FlowRules.PortsExist), Rendered.Production, "targetPort: calls", "targetPort: http", "http" },
        { nameof(FlowRules.PortsExist), Rendered.Production, "            port: admin", "            port: health", "health" },
        { nameof(FlowRules.PortsExist), Rendered.Production, "    - port: calls", "    - port: http", "NetworkPolicy/gateway-edge" },
        { nameof(FlowRules.ServicesListenOnTheirPorts), Rendered.Production, "containerPort: 8093", "containerPort: 8092", "8093" },
        { nameof(FlowRules.ServicesListenOnTheirPorts), Rendered.Production, "Gateway__Address: 0.0.0.0:8080", "Gateway__Address: 127.0.0.1:8080", "127.0.0.1" },
        { nameof(FlowRules.NothingIsReachableUnasked), Rendered.Production, "podSelector: {}", "podSelector: {matchLabels: {a: b}}", "denies everything" },
        { nameof(FlowRules.NothingIsReachableUnasked), Rendered.Dev, "      - kibana\n", "      - grafana\n", "kibana" },
        { nameof(FlowRules.GracePeriodsCoverTheDrain), Rendered.Production, "terminationGracePeriodSeconds: 340", "terminationGracePeriodSeconds: 339", "gateway-edge" },
        { nameof(FlowRules.GracePeriodsCoverTheDrain), Rendered.Production, "terminationGracePeriodSeconds: 40", "terminationGracePeriodSeconds: 30", "es-sink" },
        { nameof(FlowRules.GracePeriodsCoverTheDrain), Rendered.Production, "Gateway__StopTimeout: 300s", "Gateway__StopTimeout: 302s", "to ship" },
        { nameof(FlowRules.TheSpoolIsKept), Rendered.Production, "whenScaled: Retain", "whenScaled: Delete", "whenScaled" },
        { nameof(FlowRules.TheSpoolIsKept), Rendered.Production, "Gateway__Spool__Path: /var/lib/gateway-edge/spool", "Gateway__Spool__Path: /tmp", "claimed volume" },
        { nameof(FlowRules.TheSpoolIsKept), Rendered.Production, "Gateway__Spool__MaxBytes: 4GiB", "Gateway__Spool__MaxBytes: 6GiB", "no room" },
        { nameof(FlowRules.TheSpoolIsKept), Rendered.Production, "selectPolicy: Disabled", "selectPolicy: Max", "without asking" },
        { nameof(FlowRules.TheSpoolIsKept), Rendered.Operators, "query: pipeline:gateway_pods_held:count", "query: vector(0)", "without asking" },
        { nameof(FlowRules.TheSpoolIsKept), Rendered.Operators, "ignoreNullValues: \"false\"", "ignoreNullValues: \"true\"", "without asking" },
        { nameof(FlowRules.OneAutoscalerHasTheReplicas), Rendered.Production, "  podManagementPolicy: Parallel", "  replicas: 2", "reset" },
        { nameof(FlowRules.OneAutoscalerHasTheReplicas), Rendered.Production, "  replicas: 2\n", "", "how many" },
        { nameof(FlowRules.OneAutoscalerHasTheReplicas), Rendered.Operators, "  scaleTargetRef:\n    name: es-sink", "  scaleTargetRef:\n    name: usage-enricher", "fight" },
        { nameof(FlowRules.LagIsAskedForByTheCodesNames), Rendered.Operators, "consumerGroup: es-sink", "consumerGroup: sink", "sink" },
        { nameof(FlowRules.LagIsAskedForByTheCodesNames), Rendered.Operators, "maxReplicaCount: 12", "maxReplicaCount: 13", "partitions" },
        { nameof(FlowRules.LagIsAskedForByTheCodesNames), Rendered.Operators, "bootstrapServers: kafka-0", "bootstrapServers: kafka-9", "other brokers" },
        { nameof(PodRules.ReferencesExist), Rendered.Dev, "              name: kibana-costs\n", "              name: kibana-cost\n", "ConfigMap kibana-cost" },
        { nameof(OptionRules.EnvironmentNamesOptions), Rendered.Production, "Provisioning__Timeout", "Provisioning__TimeOut__", "Provisioning__TimeOut__" },
        { nameof(JobRules.JobsEndAndCanComeAgain), Rendered.Production, "name: provisioning-0.1.0", "name: provisioning", "does not change with its image" },
        { nameof(JobRules.JobsEndAndCanComeAgain), Rendered.Production, "/es-sink:0.1.0", "/es-sink:0.2.0", "does not change with its image" },
        { nameof(JobRules.JobsEndAndCanComeAgain), Rendered.Dev, "  ttlSecondsAfterFinished: 300\n", "", "kibana-dashboards: stays" },
        { nameof(JobRules.JobsEndAndCanComeAgain), Rendered.Production, "activeDeadlineSeconds: 1800", "parallelism: 1", "for ever" },
        { nameof(JobRules.JobsEndAndCanComeAgain), Rendered.Production, "backoffLimit: 6", "backoffLimit: 0", "how often" },
        { nameof(JobRules.JobsEndAndCanComeAgain), Rendered.Production, "restartPolicy: Never", "restartPolicy: OnFailure", "log" },
        { nameof(JobRules.JobsEndAndCanComeAgain), Rendered.Dev, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "kibana-dashboards: its root" },
        { nameof(JobRules.ProvisioningRunsAsTheServices), Rendered.Production, "kind: Job", "kind: Gone", "nothing provisions" },
        { nameof(JobRules.ProvisioningRunsAsTheServices), Rendered.Production, "- --provision", "- --validate", "--provision" },
        { nameof(JobRules.ProvisioningRunsAsTheServices), Rendered.Production, "action: FailJob", "action: Count", "bad options" },
        { nameof(JobRules.ProvisioningRunsAsTheServices), Rendered.Production, "      - args:\n        - --provision\n        env:\n", "      - args:\n        - --provision\n        env:\n        - name: Kafka__Bootstrap\n          value: other:9092\n", "Kafka__Bootstrap" },
        { nameof(JobRules.ProvisioningRunsAsTheServices), Rendered.Production, "    matchLabels:\n      app.kubernetes.io/name: provisioning\n", "    matchLabels:\n      app.kubernetes.io/name: provision\n", "may not go" },
        { nameof(OptionRules.EnvironmentNamesOptions), Rendered.Production, "Kafka__Bootstrap:", "Kafak__Bootstrap:", "Kafak" },
        { nameof(OptionRules.EnvironmentNamesOptions), Rendered.Production, "Gateway__Spool__MaxBytes:", "Gateway__Spool__MaximalBytes:", "MaximalBytes" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Rule_SeededFault_IsFound(string rule, string folder, string from, string to, string mentioned)
    {
        var clean = Rendered.Of(folder);
        var text = clean.Text.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(clean.Text, text);
        Assert.Contains(Rules[rule](Rendered.From(text, clean.GivenSecrets)), finding => finding.Contains(mentioned, StringComparison.Ordinal));
    }

    /// <summary>All dashboards in one object, as a script would rather have them, are more than kubectl apply can keep: the rule sees it.</summary>
    [Fact]
    public void Dashboards_AllInOneObject_AreFoundTooLarge()
    {
        var maps = Rendered.Of(Rendered.Dev).OfKind("ConfigMap").Where(static map => map.At("metadata", "name").Text()!.StartsWith("kibana-", StringComparison.Ordinal)).ToList();
        Assert.Equal(8, maps.Count);
        var whole = maps[0].DeepClone().AsObject();
        whole["data"]!["all.ndjson"] = string.Concat(maps.SelectMany(static map => map["data"].Members()).Where(static file => file.Key.EndsWith(".ndjson", StringComparison.Ordinal)).Select(static file => file.Value.Text()));
        var finding = Assert.Single(JobRules.ObjectsFitIntoTheirAnnotation(new Rendered("", [whole], new Dictionary<string, string[]>())));
        Assert.Contains("more than kubectl apply can keep", finding);
    }

    [Fact]
    public void Rule_Any_HasASeededFault() => Assert.Empty(Rules.Keys.Except(Faults.Select(static row => row.Data.Item1)).Except([nameof(JobRules.ObjectsFitIntoTheirAnnotation)]));
}
