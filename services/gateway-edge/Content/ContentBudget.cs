namespace Pipeline.GatewayEdge.Content;

/// <summary>Memory that all captures share.</summary>
internal sealed class ContentBudget(long maxBytes)
{
    private long _used;

    public long UsedBytes => Interlocked.Read(ref _used);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= maxBytes) return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
