using Xunit;

namespace Pipeline.Infra.Tests.Kubernetes;

/// <summary>Every object is what Kubernetes takes: members spelt right, values of the right type and form.</summary>
public sealed class SchemaTests
{
    public static TheoryData<string> Folders => [Rendered.Base, Rendered.Dev, Rendered.Production, Rendered.Operators];

    private static readonly Lazy<IReadOnlyDictionary<string, string[]>> Clean = new(() =>
        NodeChecks.Run("kubernetes", Folders.ToDictionary(static row => row.Data, static row => Rendered.Of(row.Data).Text)));

    [Theory, MemberData(nameof(Folders))]
    public void Manifests_AsRendered_AreValid(string folder) => Assert.Empty(Clean.Value[folder]);

    /// <summary>What is changed in the overlay with operators, into what, and what the finding must mention.</summary>
    public static TheoryData<string, string, string> Faults => new()
    {
        { "readinessProbe:", "redinessProbe:", "redinessProbe" },
        { "minReplicas: 2", "minReplica: 2", "minReplica" },
        { "maxReplicas: 10", "maxReplicas: many", "maxReplicas" },
        { "terminationGracePeriodSeconds: 340", "terminationGracePeriodSeconds: 340s", "terminationGracePeriodSeconds" },
        { "runAsNonRoot: true", "runAsNonRoot: \"true\"", "runAsNonRoot" },
        { "readOnlyRootFilesystem: true", "readonlyRootFilesystem: true", "readonlyRootFilesystem" },
        { "cpu: 500m", "cpu: 500q", "cpu" },
        { "volumeClaimTemplates:", "volumeClaimTemplate:", "volumeClaimTemplate" },
        { "storage: 6Gi", "storage: 6 GB", "storage" },
        { "sleep:\n              seconds: 5", "sleep:\n              second: 5", "preStop.sleep" },
        { "maxUnavailable: 1\n  selector:", "maxUnavailabel: 1\n  selector:", "maxUnavailabel" },
        { "maxSkew: 1", "maxSkew: one", "maxSkew" },
        { "  - Egress\n", "  - Egres\n", "Egres" },
        { "ipBlock:", "ipblock:", "ipblock" },
        { "targetPort: admin", "targetport: admin", "targetport" },
        { "accessModes:", "accessMode:", "accessMode" },
        { "secretName: gateway-key-hash", "secret: gateway-key-hash", "secret" },
        { "kind: NetworkPolicy", "kind: NetworkPolicies", "unknown kind" },
        { "apiVersion: autoscaling/v2", "apiVersion: autoscaling/v3", "unknown kind" },
        { "maxReplicaCount: 12", "maxReplicaCount: \"12\"", "maxReplicaCount" },
        { "lagThreshold: \"20000\"", "lagThreshold: 20000", "lagThreshold" },
        { "scaleTargetRef:\n    name: es-sink", "scaleTarget:\n    name: es-sink", "scaleTarget" },
        { "scrapeTimeout: 10s", "scrapetimeout: 10s", "scrapetimeout" },
        { "endpoints:", "endpoint:", "endpoint" },
        { "backoffLimit: 6", "backoffLimits: 6", "backoffLimits" },
        { "ttlSecondsAfterFinished: 300", "ttlSecondsAfterFinished: 300s", "ttlSecondsAfterFinished" },
        { "onExitCodes:", "onExitCode:", "onExitCode" },
        { "restartPolicy: Never", "restartPolicy: Sometimes", "restartPolicy" },
        { "- --provision", "- provision: true", "args" },
        { "record: pipeline:lag_records:sum", "recrod: pipeline:lag_records:sum", "recrod" },
    };

    private static readonly Lazy<IReadOnlyDictionary<string, string[]>> Faulty = new(() =>
        NodeChecks.Run("kubernetes", Faults.ToDictionary(static row => Key(row.Data.Item1, row.Data.Item2), static row => Seeded(row.Data.Item1, row.Data.Item2))));

    [Theory, MemberData(nameof(Faults))]
    public void Manifests_SeededFault_IsFound(string from, string to, string mentioned) =>
        Assert.Contains(Faulty.Value[Key(from, to)], finding => finding.Contains(mentioned, StringComparison.Ordinal));

    private static string Key(string from, string to) => $"{from} -> {to}";

    private static string Seeded(string from, string to)
    {
        // The production overlay has what the operators take out.
        var texts = Rendered.Of(Rendered.Operators).TextsWith(from);
        if (texts.Count == 0) texts = Rendered.Of(Rendered.Production).TextsWith(from);
        Assert.True(texts.Count > 0, $"'{from}' is in no manifest: the fault would not be seeded");
        return texts[0].Replace(from, to, StringComparison.Ordinal);
    }
}
