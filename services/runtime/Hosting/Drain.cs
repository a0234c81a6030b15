using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Pipeline.Runtime.Transforming;

namespace Pipeline.Runtime.Hosting;

/// <summary>Order of stopping: each stage ends before the next is told to stop.</summary>
public enum DrainStage
{
    /// <summary>Takes work in from outside: stops first, so that nothing new arrives.</summary>
    Accept,

    /// <summary>Moves records on: finishes its transaction.</summary>
    Move,

    /// <summary>Ships the spool: stops last, so that what was accepted reaches the log.</summary>
    Ship,
}

/// <summary>The running loops of a service and their orderly end.</summary>
internal sealed partial class Drain(ILogger logger, TimeProvider time)
{
    private static readonly DrainStage[] Stages = Enum.GetValues<DrainStage>();

    private readonly Lock _gate = new();
    private readonly List<(string Name, DrainStage Stage, Task Ended)> _loops = [];
    private readonly CancellationTokenSource[] _stops = [.. Stages.Select(static _ => new CancellationTokenSource())];
    private readonly TaskCompletionSource<string> _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string? _dead;

    /// <summary>Ends, with its name, when a loop dies of an exception or ends before it was told to.</summary>
    public Task<string> Died => _died.Task;

    /// <summary>Name of the first loop that died, else null.</summary>
    public string? Dead => _dead;

    /// <summary>Runs the loop on a thread of its own until its stage is stopped.</summary>
    public void StartThread(string name, DrainStage stage, Action<CancellationToken> loop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stop = _stops[(int)stage].Token;
        var thread = new Thread(() =>
        {
            try
            {
                loop(stop);
                EndOf(name, null, stop);
            }
            catch (Exception error)
            {
                EndOf(name, error, stop);
            }
            finally
            {
                ended.SetResult();
            }
        }) { Name = name, IsBackground = true };
        lock (_gate) _loops.Add((name, stage, ended.Task));
        thread.Start();
    }

    /// <summary>Runs the asynchronous work until its stage is stopped.</summary>
    public void StartTask(string name, DrainStage stage, Func<CancellationToken, Task> work)
    {
        var stop = _stops[(int)stage].Token;
        var ended = Task.Run(async () =>
        {
            try
            {
                await work(stop);
                EndOf(name, null, stop);
            }
            catch (Exception error)
            {
                EndOf(name, error, stop);
            }
        });
        lock (_gate) _loops.Add((name, stage, ended));
    }

    /// <summary>Stops stage after stage within one bound for all.</summary>
    /// <returns>Names of the loops that had not ended when time was up.</returns>
    public async Task<IReadOnlyList<string>> StopAsync(TimeSpan timeout)
    {
        var started = time.GetTimestamp();
        foreach (var stage in Stages)
        {
            await _stops[(int)stage].CancelAsync();
            var left = timeout - time.GetElapsedTime(started);
            Task[] ending;
            lock (_gate) ending = [.. _loops.Where(loop => loop.Stage == stage).Select(static loop => loop.Ended)];
            try
            {
                await Task.WhenAll(ending).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
            }
            catch (TimeoutException)
            {
                // Later stages are still told to stop: what can finish in order does, the rest is reported.
                timeout = TimeSpan.Zero;
            }
        }

        lock (_gate) return [.. _loops.Where(static loop => !loop.Ended.IsCompleted).Select(static loop => loop.Name)];
    }

    private void EndOf(string name, Exception? error, CancellationToken stop)
    {
        if (stop.IsCancellationRequested && error is null or OperationCanceledException) return;
        Interlocked.CompareExchange(ref _dead, name, null);
        if (error is null) LoopEnded(logger, name);
        else if (IsForOperators(error)) LoopGaveUp(logger, name, error.Message);
        else LoopDied(logger, name, error);
        _died.TrySetResult(name);
    }

    /// <summary>What its message tells whole: no defect of ours, so that a stack trace would only hide it.</summary>
    private static bool IsForOperators(Exception error) =>
        error is ServiceStopException or LoopStoppedException or SocketException or IOException { InnerException: AddressInUseException };

    [LoggerMessage(1, LogLevel.Critical, "LoopDied {Loop}: unhandled exception, the process stops", EventName = "LoopDied")]
    private static partial void LoopDied(ILogger logger, string loop, Exception error);

    [LoggerMessage(3, LogLevel.Critical, "LoopGaveUp {Loop}: {Reason}; the process stops", EventName = "LoopGaveUp")]
    private static partial void LoopGaveUp(ILogger logger, string loop, string reason);

    [LoggerMessage(2, LogLevel.Critical, "LoopEnded {Loop}: ended without being told to, the process stops", EventName = "LoopEnded")]
    private static partial void LoopEnded(ILogger logger, string loop);
}
