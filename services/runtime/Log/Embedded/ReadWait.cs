namespace Pipeline.Runtime.Log.Embedded;

/// <summary>Waiting for records: on a signal that every commit and every new generation gives.</summary>
internal static class ReadWait
{
    public static RecordBatch Until(EmbeddedLog log, ManualResetEventSlim signal, TimeSpan maxWait, CancellationToken stop, Func<RecordBatch> read)
    {
        var began = log.Time.GetTimestamp();
        while (!stop.IsCancellationRequested && !log.IsClosed)
        {
            signal.Reset();
            var batch = read();
            if (!batch.IsEmpty) return batch;
            var left = maxWait - log.Time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || !Wait(signal, left, stop)) break;
        }

        return RecordBatch.Empty;
    }

    /// <returns>False when the time is over or the stop was signalled.</returns>
    public static bool Wait(ManualResetEventSlim signal, TimeSpan wait, CancellationToken stop)
    {
        try
        {
            return signal.Wait(wait, stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
