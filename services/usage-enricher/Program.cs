using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;
using Pipeline.UsageEnricher;
using Pipeline.UsageEnricher.Enriching;

if (Commands.Run(args) is { } done) return done;

var host = new ServiceHost(
    EnrichTransform.Stage, "Prices every usage event and sums up who spent what. Further commands: price, catalogue import.", args, adminPort: 8092);
var kafka = host.Options<KafkaOptions>();
var registryOptions = host.Options<RegistryOptions>();
var options = host.Options<EnricherOptions>();
if (registryOptions.Url is null) host.Problem("Registry:Url", "is missing; give the address of the schema registry");
if (host.EndsHere(out var exitCode)) return exitCode;

using var log = new KafkaLog(kafka, host.Loggers.CreateLogger("kafka"), host.Time);
using var registry = new HttpSchemaRegistry(registryOptions, new SocketsHttpHandler(), host.Time);
using var enricher = new EnricherService(log, registry, registryOptions.Register, kafka.Partitions, options, host.Time, host.Loggers);
enricher.AddTo(host);
host.Health.Check("topics", () => log.Weaknesses.Count == 0 ? CheckResult.Ok : CheckResult.Warning(string.Join(" · ", log.Weaknesses)));
return await host.RunAsync();
