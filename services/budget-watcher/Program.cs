using Pipeline.BudgetWatcher;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Log.Kafka;
using Pipeline.Runtime.Registry;

var host = new ServiceHost("budget-watcher", "Counts calls, tokens and spend as they pass; budgets come on top.", args, adminPort: 8094);
var kafka = host.Options<KafkaOptions>();
var registryOptions = host.Options<RegistryOptions>();
var options = host.Options<WatcherOptions>();
if (registryOptions.Url is null) host.Problem("Registry:Url", "is missing; give the address of the schema registry");
if (host.EndsHere(out var exitCode)) return exitCode;

using var log = new KafkaLog(kafka, host.Loggers.CreateLogger("kafka"), host.Time);
using var registry = new HttpSchemaRegistry(registryOptions, new SocketsHttpHandler(), host.Time);
using var watcher = new BudgetWatcherService(log, registry, registryOptions.Register, kafka.Partitions, options, host.Time, host.Loggers);
watcher.AddTo(host);
host.Health.Check("topics", () => log.Weaknesses.Count == 0 ? CheckResult.Ok : CheckResult.Warning(string.Join(" · ", log.Weaknesses)));
return await host.RunAsync();
