using Microsoft.Extensions.Logging;
using Pipeline.GatewayEdge;
using Pipeline.GatewayEdge.Explaining;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Hosting;

if (args is ["ship", ..]) return ShipProgram.Run(args[1..]);
if (args is ["key", ..]) return KeyProgram.Run(args[1..], Console.In, Console.Out, Console.Error);
if (args is ["explain", ..]) return ExplainProgram.Run(args[1..], Console.Out, Console.Error);

var service = new ServiceHost(
    "gateway-edge", "Forwards calls to model providers and records what each one used. Further commands: ship --spool DIR; key new; key hash; explain FILE….", args, adminPort: 8091);
var options = service.Options<GatewayOptions>();
var setup = LogSetup.Bind(service);
var provisioning = ProvisionCommand.Bind(service, setup);
if (options.Upstreams.Count == 0) service.Problem("Gateway:Upstreams", "is empty; name at least one, as Gateway:Upstreams:openai:BaseAddress and :Api");
if (service.EndsHere(out var exitCode)) return exitCode;
if (provisioning.IsAsked) return provisioning.Run();

GatewayService.TuneSockets(options);
var opening = Spool.Open(options.Spool, service.Time, service.Loggers.CreateLogger("spool"));
if (opening.Spool is not { } spool) return service.CannotStart("Gateway:Spool:Path", opening.Failure!);
if (GatewayService.ReadKeyHashSecret(options, out var problem) is not { } secret) return service.CannotStart("Gateway:KeyHashSecretFile", problem!);

using var log = setup.OpenLog();
using var gateway = new GatewayService(options, spool, secret, service.Loggers, service.Time, new RandomEventIds());
gateway.AddTo(service, log, setup.TopicSpecs, setup.OpenRegistry(), setup.MayRegister);
return await service.RunAsync();
