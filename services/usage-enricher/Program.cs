using Pipeline.Runtime.Hosting;
using Pipeline.UsageEnricher;

if (Commands.Run(args) is { } done) return done;

var service = new ServiceHost(
    "usage-enricher", "Prices every usage event, estimates its impacts and sums up who spent what. Further commands: price, reprice, impact, catalogue import, impact-data import.", args, adminPort: 8092);
var setup = LogSetup.Bind(service);
var provisioning = ProvisionCommand.Bind(service, setup);
var options = service.Options<EnricherOptions>();
if (service.EndsHere(out var exitCode)) return exitCode;
if (provisioning.IsAsked) return provisioning.Run();

using var log = LogConnection.Open(service, setup, EnricherService.Schemas, more: EnricherService.TopicsOf(options, setup.Partitions));
using var step = EnricherService.Add(service, log, options);
return await service.RunAsync();
