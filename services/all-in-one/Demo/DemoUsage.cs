namespace Pipeline.AllInOne.Demo;

/// <summary>Token counts of one demo reply. <see cref="Input"/> includes what came from the cache or went into it.</summary>
internal readonly record struct DemoUsage(int Input, int CacheRead, int CacheWrite, int Output, int Reasoning)
{
    private const int BytesPerToken = 4;
    private const int LeastCachedPrompt = 1024;
    private const int CacheBlock = 128;

    /// <summary>Plausible counts: a third of the long prompts are read from the cache, a tenth is written to it.</summary>
    public static DemoUsage Of(DemoRequest request)
    {
        var input = request.BodyBytes / BytesPerToken + 20 + request.Pick(1, 3_000);
        var output = 15 + request.Pick(2, 600);
        var reasoning = request.Pick(3, 4) == 0 ? request.Pick(4, output) : 0;
        if (input <= LeastCachedPrompt) return new DemoUsage(input, 0, 0, output, reasoning);
        var cached = input / CacheBlock * CacheBlock * request.Pick(5, 90) / 100 / CacheBlock * CacheBlock;
        return request.Pick(6, 10) switch
        {
            < 4 => new DemoUsage(input, cached, 0, output, reasoning),
            4 => new DemoUsage(input, 0, cached, output, reasoning),
            _ => new DemoUsage(input, 0, 0, output, reasoning),
        };
    }
}
