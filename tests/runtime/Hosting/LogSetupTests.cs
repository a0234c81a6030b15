using Pipeline.Runtime.Hosting;
using Xunit;

namespace Pipeline.Runtime.Tests.Hosting;

public sealed class LogSetupTests
{
    [Fact]
    public void Kafka_WithoutRegistry_IsAnOptionProblem()
    {
        var (_, exitCode, errors) = Bind(LogEngine.Kafka);

        Assert.Equal(2, exitCode);
        Assert.Contains("Registry:Url: is missing; Kafka needs a schema registry", errors);
    }

    [Fact]
    public void Embedded_NeedsNothing()
    {
        var (setup, exitCode, errors) = Bind(LogEngine.Embedded);

        Assert.True(exitCode is null, errors);
        Assert.Equal(LogEngine.Embedded, setup.Log.Engine);
        Assert.False(setup.HasRegistryServer);
    }

    [Theory]
    [InlineData("--bootstrap", "broker:9092")]
    [InlineData("--Kafka:Bootstrap", "broker:9092")]
    public void NamingBrokers_NamesKafka(params string[] args)
    {
        var (setup, _, errors) = Bind(LogEngine.Embedded, [.. args, "--registry", "http://registry:8081"]);

        Assert.Equal("", errors);
        Assert.Equal(LogEngine.Kafka, setup.Log.Engine);
        Assert.Equal("kafka broker:9092", setup.Description);
    }

    [Fact]
    public void NamingTheEngine_StandsOverNamedBrokers() =>
        Assert.Equal(LogEngine.Embedded, Bind(LogEngine.Kafka, "--bootstrap", "broker:9092", "--Log:Engine", "embedded").Setup.Log.Engine);

    private static (LogSetup Setup, int? ExitCode, string Errors) Bind(LogEngine engine, params string[] args)
    {
        using StringWriter output = new(), errors = new();
        var service = TestService.Create(args, output, errors);
        var setup = LogSetup.Bind(service, engine);
        return (setup, service.EndsHere(out var exitCode) ? exitCode : null, errors.ToString());
    }
}
