using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Pipeline.GatewayEdge.Spooling;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Segments;

namespace Pipeline.GatewayEdge;

/// <summary>What `gateway-edge ship` takes.</summary>
[Section("Ship")]
public sealed class ShipOptions
{
    [Option("Folder of the spool to empty; no gateway may have it open.", Switch = "--spool")]
    [Required]
    public string? Spool { get; init; }
}

/// <summary>`gateway-edge ship --spool DIR`: moves what a gone gateway left in its spool into the log.</summary>
internal static class ShipProgram
{
    /// <returns>0 = everything is in the log; 1 = not; 2 = bad options.</returns>
    public static int Run(string[] args)
    {
        var service = new ServiceHost("gateway-edge ship", "Empties the spool of a gateway that is gone into the log.", args, adminPort: 8091);
        var options = service.Options<ShipOptions>();
        var setup = LogSetup.Bind(service);
        if (service.EndsHere(out var exitCode)) return exitCode;
        if (!Directory.Exists(options.Spool)) return service.CannotStart("--spool", $"folder '{options.Spool}' does not exist");

        var logger = service.Loggers.CreateLogger("spool");
        var spoolOptions = new SpoolOptions { Path = options.Spool };
        var opening = Spool.Open(new FileDisk(options.Spool), spoolOptions, service.Time, Spool.RandomId, logger, beginsEpoch: false);
        if (opening.Spool is not { } spool) return service.CannotStart("--spool", opening.Failure!);

        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var log = setup.OpenLog();
        var schemas = new SpoolSchemas(setup.OpenRegistry(), setup.MayRegister);
        using var shipper = new Shipper(spool, log, setup.TopicSpecs, schemas.IdOf, service.Time, logger);
        using (spool) return ShipCommand.Run(spool, shipper, Console.Out, stop.Token);

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
