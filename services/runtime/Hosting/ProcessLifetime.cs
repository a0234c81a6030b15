using Microsoft.Extensions.Hosting;

namespace Pipeline.Runtime.Hosting;

/// <summary>For every web server inside a service: signals are the service's own, which stops its parts in order.</summary>
public sealed class ProcessLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
