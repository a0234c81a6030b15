namespace Pipeline.GatewayEdge.Forwarding;

/// <summary>
/// Lets a socket's continuation run on the thread that learnt of its readiness. For a proxy, whose steps between two socket
/// calls take microseconds, the hop to a pool thread and its wake-up are most of the cost (measured: half the CPU of paced streams).
/// </summary>
internal static class SocketTuning
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Whether sockets of this process complete inline.</summary>
    public static bool IsInline => Environment.GetEnvironmentVariable(InlineCompletions) == "1";

    /// <summary>To be called before the process uses its first socket: the runtime reads the switch once. What the operator set stays.</summary>
    public static void Apply()
    {
        if (Environment.GetEnvironmentVariable(InlineCompletions) is null) Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }
}
