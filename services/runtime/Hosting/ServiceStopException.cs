namespace Pipeline.Runtime.Hosting;

/// <summary>
/// A state that the service must not work in and that only an operator can change: the process stops with exit code 1 and
/// logs the message alone.
/// </summary>
/// <param name="message">One sentence with the remedy; no record content, no secrets.</param>
public sealed class ServiceStopException(string message) : Exception(message);
