using Pipeline.Schemas;
using Pipeline.Simulation.Tests.World;

namespace Pipeline.Simulation.Tests.Work;

/// <summary>Attempts as the metering hands them to the spool.</summary>
internal static class Calls
{
    private static readonly EdgePosition NotPlaced = new() { Id = Guid.Empty, Epoch = "", Sequence = 0 };
    /// <summary>The price catalogue does not have it, the impact data has.</summary>
    private const string EstimatedProvider = "openai";
    private const string EstimatedModel = "gpt-4o-mini";

    private static readonly string?[] Teams = ["search", "chat", null];
    private static readonly string?[] Users = ["ann", "bob", "eve", null];

    public static LLMUsageAudit Opening(Chance chance, Guid id, DateTimeOffset at) =>
        chance.Hits(0.2) ? Opening(chance, id, at, EstimatedProvider, EstimatedModel) : Opening(chance, id, at, "acme", chance.Of(SmallCatalogue.Models));

    private static LLMUsageAudit Opening(Chance chance, Guid id, DateTimeOffset at, string provider, string model) => new()
    {
        EventId = id,
        Edge = NotPlaced,
        RequestId = id.ToString(),
        StartedAt = new DateTimeOffset(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero),
        DurationUs = 0,
        Provider = provider,
        Upstream = "acme-eu",
        Api = "openai.chat",
        Operation = "chat",
        RequestModel = model,
        Streaming = chance.Hits(0.5),
        Outcome = Outcome.Interrupted,
        UsageSource = UsageSource.None,
        UsageQuality = UsageQuality.Unknown,
        Attribution = new Attribution { Team = chance.Of(Teams), User = chance.Of(Users) },
        RequestBytes = chance.Below(5_000),
        ResponseBytes = 0,
    };

    public static LLMUsageAudit Event(Chance chance, LLMUsageAudit opening)
    {
        var audit = opening with
        {
            DurationUs = chance.Below(30_000_000),
            StatusCode = 200,
            Outcome = Outcome.Ok,
            ResponseModel = opening.RequestModel,
            UsageQuality = UsageQuality.Consistent,
            ResponseBytes = chance.Below(9_000),
        };
        if (chance.Hits(0.2)) audit = Reread(chance, audit);
        return chance.Below(10) switch
        {
            0 => audit with { StatusCode = 500, Outcome = Outcome.UpstreamError, ErrorType = "server_error" },
            1 => audit with { StatusCode = 429, Outcome = Outcome.RateLimited },
            2 => audit with { Outcome = Outcome.ClientCancelled },
            3 when audit.Background => audit,
            _ => audit with { Usage = Usage(chance), UsageSource = UsageSource.Provider },
        };
    }

    /// <summary>One of few responses, so that several edges read the same; mostly of a background call.</summary>
    private static LLMUsageAudit Reread(Chance chance, LLMUsageAudit audit) => audit with
    {
        Operation = chance.Hits(0.8) ? "retrieve" : audit.Operation,
        Background = chance.Hits(0.8),
        ProviderResponseId = $"resp_{chance.Below(6)}",
    };

    private static TokenUsage Usage(Chance chance)
    {
        var (uncached, cached, output) = (chance.Below(4_000), chance.Hits(0.4) ? chance.Below(3_000) : 0, chance.Below(2_000));
        return new TokenUsage
        {
            InputUncached = uncached,
            CacheRead = cached,
            OutputText = output,
            InputTotal = uncached + cached,
            OutputTotal = output,
        };
    }
}
