using Microsoft.Extensions.Logging;

namespace Pipeline.Simulation.Tests.World;

/// <summary>A service's log: what it says about recovery tells that there was something to recover.</summary>
internal sealed class EventListener(SimulatedWorld world) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Name == "TornTailCut") world.Note(Happening.TornTailFound);
    }
}
