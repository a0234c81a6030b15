using Pipeline.GatewayEdge;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Hosting;

GatewayService.TuneSockets();
var service = new ServiceHost("gateway-edge", "Forwards calls to model providers and records what each one used.", args, adminPort: 8091);
var options = service.Options<GatewayOptions>();
if (options.Upstreams.Count == 0) service.Problem("Gateway:Upstreams", "is empty; name at least one, such as Gateway:Upstreams:openai:{BaseAddress,Api}");
if (service.EndsHere(out var exitCode)) return exitCode;

var secret = KeyHashSecret.Read(options.KeyHashSecretFile, options.Spool.Path, out var problem);
if (secret is null)
{
    Console.Error.WriteLine($"gateway-edge: Gateway:KeyHashSecretFile: {problem}");
    return 2;
}

var spool = new Spool(options.Spool);
using var gateway = new GatewayService(options, spool, secret, service.Loggers, service.Time, new RandomEventIds());
service.Task("gateway", DrainStage.Accept, gateway.RunAsync);
return await service.RunAsync();
