namespace Pipeline.EsSink.Indexing;

/// <summary>
/// How many bytes to send at once, as a value: halves when the store is throttled, so that a request it can never take whole
/// gets through in parts, and grows back to the bound in small steps.
/// </summary>
internal readonly record struct BulkSize(int MaxBytes, int Bytes)
{
    /// <summary>Below it a request is one or two documents, and shrinking helps no one.</summary>
    public const int MinBytes = 4 * 1024;

    private const int GrowthSteps = 16;

    public static BulkSize Of(int maxBytes) => new(maxBytes, maxBytes);

    public BulkSize AfterThrottled() => this with { Bytes = Math.Min(MaxBytes, Math.Max(MinBytes, Bytes / 2)) };

    public BulkSize AfterAnswered() => this with { Bytes = (int)Math.Min(MaxBytes, Bytes + (MaxBytes / GrowthSteps) + 1L) };
}
