using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Runtime.Log;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.TestKit;
using Xunit;

namespace Pipeline.Runtime.Tests.Log;

/// <summary>The conformance suite on a real broker, and what only a broker can do.</summary>
public sealed class KafkaLogTests : LogConformance
{
    internal static KafkaOptions OptionsFor(string bootstrap) => new()
    {
        Bootstrap = bootstrap,
        AllowWeakTopics = true,
        ReplicationFactor = 1,
        SessionTimeout = TimeSpan.FromSeconds(6),
        MetadataInterval = TimeSpan.FromSeconds(1),
    };

    private static string Bootstrap
    {
        get
        {
            var bootstrap = RealKafka.Shared(out var skipReason);
            if (bootstrap is null) Assert.Skip(skipReason!);
            return bootstrap;
        }
    }

    protected override ILog OpenLog() => new KafkaLog(OptionsFor(Bootstrap), NullLogger.Instance, TimeProvider.System);
}
