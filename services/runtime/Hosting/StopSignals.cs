using System.Runtime.InteropServices;

namespace Pipeline.Runtime.Hosting;

/// <summary>SIGTERM and SIGINT begin the drain; a second one ends the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private int _seen;

    public StopSignals(Action stop) =>
        _registrations =
        [
            .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT }.Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                if (Interlocked.Increment(ref _seen) > 1) return;
                context.Cancel = true;
                stop();
            })),
        ];

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }
}
