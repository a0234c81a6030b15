namespace Pipeline.GatewayEdge.Spooling;

/// <summary>`gateway-edge ship --spool DIR`: empties a spool whose gateway is gone, with the same shipper.</summary>
public static class ShipCommand
{
    /// <param name="shipper">Over a spool opened with <see cref="SpoolRecovery"/> without an epoch of its own.</param>
    /// <returns>0 = everything is in the log; 1 = stopped before, or something could not be shipped.</returns>
    public static int Run(Spool spool, Shipper shipper, TextWriter output, CancellationToken stop)
    {
        var last = ShipperPhase.Starting;
        while (!stop.IsCancellationRequested)
        {
            var wait = shipper.Turn();
            var status = shipper.Status;
            if (status.Phase == ShipperPhase.Idle) return End(spool, shipper, output);
            if (status.Phase == ShipperPhase.Cloned) break;
            if (status.Phase != last && status.Reason is { } reason) output.WriteLine($"waiting: {reason}");
            last = status.Phase;
            if (wait > TimeSpan.Zero) stop.WaitHandle.WaitOne(wait);
        }

        output.WriteLine($"stopped with {spool.UsedBytes} bytes in the spool: {shipper.Status.Reason ?? "asked to stop"}");
        return 1;
    }

    private static int End(Spool spool, Shipper shipper, TextWriter output)
    {
        output.WriteLine($"shipped {shipper.ShippedEvents} events, {shipper.RecoveredOpenings} of them interrupted attempts; {shipper.RefusedEvents} refused by the log");
        foreach (var notice in shipper.Status.Notices) output.WriteLine(notice);
        return spool.DamagedEpochs.Count + shipper.DamagedFrames + shipper.RefusedEvents > 0 ? 1 : 0;
    }
}
