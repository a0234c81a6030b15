using System.Globalization;

namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Lets a socket's continuation run on the thread that learnt of its readiness. For a proxy, whose steps between two socket
/// calls take microseconds, the hop to a pool thread and its wake-up are most of the cost (measured: half the CPU of paced streams).
/// </summary>
internal static class SocketTuning
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string ThreadCount = "DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT";

    /// <summary>Whether sockets of this process complete inline.</summary>
    public static bool IsInline => Environment.GetEnvironmentVariable(InlineCompletions) == "1";

    /// <summary>To be called before the process uses its first socket: the runtime reads the switches once. What the operator set stays.</summary>
    public static void Apply()
    {
        Default(InlineCompletions, "1");
        // Half the cores forward; the others are for the kernel's share, shipping and the collector. More threads wait for each other's appends.
        Default(ThreadCount, Math.Max(1, Environment.ProcessorCount / 2).ToString(CultureInfo.InvariantCulture));
    }

    private static void Default(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is null) Environment.SetEnvironmentVariable(name, value);
    }
}
