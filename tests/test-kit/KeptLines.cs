using Microsoft.Extensions.Logging;

namespace Pipeline.TestKit;

/// <summary>A logger that keeps what was said, for any number of threads.</summary>
public sealed class KeptLines : ILogger
{
    private readonly List<string> _lines = [];

    /// <summary>So far: the message, and the exception behind it when there was one.</summary>
    public IReadOnlyList<string> All
    {
        get { lock (_lines) return [.. _lines]; }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var line = formatter(state, exception);
        lock (_lines) _lines.Add(exception is null ? line : $"{line} {exception}");
    }
}
