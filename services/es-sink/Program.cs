using Microsoft.Extensions.Logging;
using Pipeline.EsSink;
using Pipeline.EsSink.Indexing;
using Pipeline.Runtime.Hosting;
using Pipeline.Schemas;

var service = new ServiceHost("es-sink", "Writes every enriched usage event into Elasticsearch, one document per event.", args, adminPort: 8093);
var setup = LogSetup.Bind(service);
var provisioning = ProvisionCommand.Bind(service, setup);
var cluster = service.Options<ElasticsearchOptions>();
var sink = service.Options<SinkOptions>();
if (cluster.Url is null) service.Problem("Elasticsearch:Url", "is missing; give the cluster's address, such as http://127.0.0.1:9200");
if (service.EndsHere(out var exitCode)) return exitCode;

using var target = new ElasticsearchTarget(cluster, sink.RetentionDays, service.Loggers.CreateLogger("elasticsearch"));
service.Health.Check("templates", target.Check);
if (provisioning.IsAsked) return provisioning.Run(new ProvisionedStore(target.Provision, target.Check, target.Provisioned));

using var log = LogConnection.Open(service, setup, [SchemaSet.LlmUsage]);
using var indexer = SinkService.Add(service, log, sink, target, target.Provision);
return await service.RunAsync();
