using Microsoft.Extensions.Logging;
using Pipeline.BudgetWatcher.Ledger;
using Pipeline.EsSink.Viewing;
using Pipeline.GatewayEdge;
using Pipeline.Runtime.Hosting;

namespace Pipeline.AllInOne.Demo;

/// <summary>The demo as a part of the service: its providers always, its callers and the live table with `--demo`.</summary>
internal sealed class DemoRun : IDisposable
{
    private static readonly TimeSpan ListeningCheckInterval = TimeSpan.FromMilliseconds(50);

    private readonly CallJournal _journal;

    private DemoRun(CallJournal journal)
    {
        _journal = journal;
        Tally = new DemoTally(journal);
    }

    public DemoTally Tally { get; }

    /// <returns>Null without `--demo`.</returns>
    public static DemoRun? Add(
        ServiceHost service, AllInOneOptions options, DemoUpstreams providers, GatewayService gateway, DocumentView view, BudgetStandings budgets)
    {
        // The providers end after the gateway, which ends only when its calls have.
        service.Task("demo-providers", DrainStage.Move, stop =>
            providers.Run((ulong)options.DemoSeed, options.DemoFrameDelay, service.Time, service.Loggers, stop));
        if (!options.Demo) return null;

        var demo = new DemoRun(CallJournal.Open(Path.Combine(options.Data, "demo-calls")));
        service.Task("demo-callers", DrainStage.Accept, stop => demo.Call(service, options, gateway, stop));
        var table = new LiveTable(view, budgets, providers.Receiver.Lines, demo.Tally, Console.Out, !Console.IsOutputRedirected, service.Time);
        service.Task("demo-table", DrainStage.Ship, table.Run);
        return demo;
    }

    public void Dispose() => _journal.Dispose();

    private async Task Call(ServiceHost service, AllInOneOptions options, GatewayService gateway, CancellationToken stop)
    {
        while (gateway.Address is null)
        {
            if (stop.IsCancellationRequested) return;
            await Task.Delay(ListeningCheckInterval, service.Time, CancellationToken.None);
        }

        using var callers = new DemoCallers(
            _journal, new SocketsHttpHandler(), new Uri(gateway.Address), options.DemoCallsPerSecond, options.DemoSeed, service.Time,
            service.Loggers.CreateLogger("demo"));
        await callers.Run(stop);
    }
}
