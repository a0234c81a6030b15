namespace Pipeline.Runtime.Telemetry;

/// <summary>What the process takes of its machine.</summary>
internal static class ProcessMetrics
{
    static ProcessMetrics()
    {
        PipelineMeter.Total("pipeline_process_cpu_seconds_total", "Processor time of the process.", static () => Environment.CpuUsage.TotalTime.TotalSeconds);
        PipelineMeter.Gauge("pipeline_process_resident_bytes", "Memory of the process that is in use.", static () => Environment.WorkingSet);
        PipelineMeter.Gauge("pipeline_process_heap_bytes", "Managed heap, garbage not yet collected included.", static () => GC.GetTotalMemory(false));
        PipelineMeter.Gauge("pipeline_process_threads", "Threads of the thread pool.", static () => ThreadPool.ThreadCount);
    }

    /// <summary>Makes them known, once in each process.</summary>
    public static void Define()
    {
    }
}
