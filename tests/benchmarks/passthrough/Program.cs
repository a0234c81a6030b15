using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Pipeline.Benchmarks.Passthrough;

// passthrough [PORT] [UPSTREAM]: forwards /openai/<path> to UPSTREAM/<path>; nothing is read, kept or measured on the way.
// Tuned as the gateway is, so that the difference is what the gateway does.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", Math.Max(1, Environment.ProcessorCount / 2).ToString());

var port = args.Length > 0 ? int.Parse(args[0]) : 8080;
var upstream = new Uri(args.Length > 1 ? args[1] : "http://127.0.0.1:9900");

var options = new KestrelServerOptions { AddServerHeader = false };
options.Limits.MaxRequestBodySize = null;
options.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);

var transport = new SocketTransportFactory(
    Options.Create(new SocketTransportOptions { UnsafePreferInlineScheduling = true }), NullLoggerFactory.Instance);
using var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
await server.StartAsync(new Passthrough(upstream), CancellationToken.None);

var stopped = new TaskCompletionSource();
using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM, context => { context.Cancel = true; stopped.TrySetResult(); });
await stopped.Task;
await server.StopAsync(CancellationToken.None);
