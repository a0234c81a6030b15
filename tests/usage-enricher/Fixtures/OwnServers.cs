using Pipeline.TestKit;

namespace Pipeline.UsageEnricher.Tests.Fixtures;

/// <summary>
/// A broker with its registry for tests that run the program: the shared broker also holds records whose schemas are in registries of
/// other tests, which a program must not read.
/// </summary>
internal static class OwnServers
{
    private static readonly Lazy<(RealKafka? Kafka, ServerProcess? Registry, string? SkipReason)> One = new(Start);

    public static string Kafka => Found().Kafka!.Bootstrap;

    public static string Registry => Found().Registry!.Address;

    private static (RealKafka? Kafka, ServerProcess? Registry, string? SkipReason) Found()
    {
        Assert.SkipWhen(One.Value.SkipReason is not null, One.Value.SkipReason ?? "");
        return One.Value;
    }

    private static (RealKafka?, ServerProcess?, string?) Start()
    {
        if (RealKafka.Start(1, ["transaction.abort.timed.out.transaction.cleanup.interval.ms=500"], out var reason) is not { } kafka) return (null, null, reason ?? "no broker of its own");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => kafka.Dispose();
        if (RealRegistry.Start(out reason) is not { } registry) return (null, null, reason ?? "no registry of its own");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => registry.Dispose();
        return (kafka, registry, null);
    }
}
