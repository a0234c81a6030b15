using Microsoft.Extensions.Logging;
using Pipeline.AllInOne;
using Pipeline.AllInOne.Demo;
using Pipeline.AllInOne.Viewing;
using Pipeline.BudgetWatcher;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.EsSink;
using Pipeline.EsSink.Indexing;
using Pipeline.EsSink.Viewing;
using Pipeline.GatewayEdge;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Hosting;
using Pipeline.Schemas;
using Pipeline.UsageEnricher;

using var providers = new DemoUpstreams();
var service = new ServiceHost("all-in-one", "The whole pipeline in one process: gateway, enricher, sink and watcher.", args, adminPort: 8090);
var options = service.Options<AllInOneOptions>();
var setup = LogSetup.Bind(service, LogEngine.Embedded, Path.Combine(options.Data, "log"));
var gatewayOptions = service.Options(GatewayDefaults.Of(options.Data, providers));
var enricherOptions = service.Options<EnricherOptions>();
var watcherOptions = service.Options<WatcherOptions>();
var alertingOptions = service.Options<AlertingOptions>();
var budgets = BudgetsOptions.Bind(service, options.Demo ? DemoBudgets.Of(providers.Receiver.Webhook) : BudgetSet.Empty);
var sinkOptions = service.Options<SinkOptions>();
var clusterOptions = service.Options<ElasticsearchOptions>();
if (service.EndsHere(out var exitCode)) return exitCode;

var opening = Spool.Open(gatewayOptions.Spool, service.Time, service.Loggers.CreateLogger("spool"));
if (opening.Spool is not { } spool) return service.CannotStart("Gateway:Spool:Path", opening.Failure!);
var secret = GatewayService.ReadKeyHashSecret(gatewayOptions, out var problem);
if (secret is null) return service.CannotStart("Gateway:KeyHashSecretFile", problem!);

using var log = LogConnection.Open(service, setup, SchemaSet.All, more: EnricherService.TopicsOf(enricherOptions, setup.Partitions));
using var gateway = new GatewayService(gatewayOptions, spool, secret, service.Loggers, service.Time, new RandomEventIds());
gateway.AddTo(service, log.Log, setup.TopicSpecs, log.Registry, setup.MayRegister);
using var enricher = EnricherService.Add(service, log, enricherOptions);
using var watcher = BudgetWatcherService.Add(service, log, watcherOptions, budgets);
using var alerter = AlertingService.Add(service, log, budgets, alertingOptions);

var view = new DocumentView();
using var cluster = clusterOptions.Url is null ? null
    : new ElasticsearchTarget(clusterOptions, sinkOptions.RetentionDays, service.Loggers.CreateLogger("elasticsearch"));
using var sink = SinkService.Add(service, log, sinkOptions, cluster is null ? view : cluster, cluster is null ? null : cluster.Provision);

using var demo = DemoRun.Add(service, options, providers, gateway, view, watcher.Standings);
UsagePages.Add(service, log, view, budgets, watcher.Standings, demo);
StartLines.Write(Console.Out, service, setup, options, gatewayOptions, clusterOptions, budgets);
return await service.RunAsync();
