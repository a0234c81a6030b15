using System.Globalization;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>
/// What AWS says in headers of a reply: token counts of Bedrock's InvokeModel, for some models the only ones there are, and the
/// kind of an error.
/// </summary>
/// <remarks>Headers are <c>x-amzn-bedrock-{input,output,cache-read-input,cache-write-input}-token-count</c> and <c>x-amzn-ErrorType</c>.</remarks>
internal struct AwsHeaders
{
    public const string Prefix = "x-amzn-";
    public const string InputName = "x-amzn-bedrock-input-token-count";
    public const string OutputName = "x-amzn-bedrock-output-token-count";
    public const string CacheReadName = "x-amzn-bedrock-cache-read-input-token-count";
    public const string CacheWriteName = "x-amzn-bedrock-cache-write-input-token-count";

    /// <summary>What a header holds that is no count: kept, so that the usage shows as inconsistent.</summary>
    private const long NoCount = -1;

    public long? Input { get; private set; }

    public long? Output { get; private set; }

    public long? CacheRead { get; private set; }

    public long? CacheWrite { get; private set; }

    /// <summary>The exception's name, without the address that follows it; a token, else null.</summary>
    public string? ErrorType { get; private set; }

    public readonly bool HasCounts => (Input ?? Output ?? CacheRead ?? CacheWrite) is not null;

    /// <param name="name">Header name, any case.</param>
    /// <param name="value">Its value.</param>
    public void Offer(string name, string value)
    {
        if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return;

        if (Is(name, InputName))
            Input = Count(value);
        else if (Is(name, OutputName))
            Output = Count(value);
        else if (Is(name, CacheReadName))
            CacheRead = Count(value);
        else if (Is(name, CacheWriteName))
            CacheWrite = Count(value);
        else if (Is(name, "x-amzn-errortype"))
            ErrorType = BoundedText.Token(value.Split(':', 2)[0].Trim());
    }

    private static bool Is(string name, string wanted) => name.Equals(wanted, StringComparison.OrdinalIgnoreCase);

    private static long Count(string value) =>
        long.TryParse(value.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count <= TokenCount.Max
            ? count
            : NoCount;
}
