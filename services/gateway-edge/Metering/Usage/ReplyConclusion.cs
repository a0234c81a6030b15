using System.Collections.Frozen;
using System.Text.Json;
using Pipeline.Schemas;

namespace Pipeline.GatewayEdge.Metering;

/// <summary>Turns the facts of an ended reply into the figures of the record.</summary>
internal readonly struct ReplyConclusion(ApiFamily family, ReplyReader reader, ReplyFacts facts)
{
    public MeteredReply Conclude(bool transportComplete, bool isStream, int status)
    {
        reader.Discard();
        reader.Conclude();
        facts.CommitStaged();
        var isComplete = reader.IsWhole(facts, isStream, transportComplete);
        var reply = new MeteredReply
        {
            FinishReasons = facts.FinishReasons.ToArray(),
            ResponseModel = BoundedText.VisibleAscii(facts.Model.Text()),
            ProviderResponseId = BoundedText.VisibleAscii(facts.ResponseId.Text()),
            ServiceTier = BoundedText.Token(facts.ServiceTier.Text()),
            Background = facts.IsBackground,
            ToolCalls = facts.ToolCalls is { } calls ? calls : FrozenDictionary<string, long>.Empty,
            ErrorType = facts.Error.Type ?? facts.Headers.ErrorType,
            ErrorCode = facts.Error.Code,
            IsStream = isStream,
            IsComplete = isComplete,
            IsErrorInside200 = status < 400 && facts.Error.IsSeen,
        };

        return family.IsMetered && facts.Usage.IsKnown ? WithUsage(reply) : reply;
    }

    private MeteredReply WithUsage(MeteredReply reply)
    {
        try
        {
            using var document = JsonDocument.Parse(facts.Usage.Json);
            var figures = new UsageFigures();
            reader.ReadUsage(document.RootElement, figures);
            reply = reply with
            {
                ServiceTier = reply.ServiceTier ?? figures.ServiceTier,
                ToolCalls = figures.ToolCalls is { } calls ? calls : reply.ToolCalls,
                PriceContext = figures.PriceContext is { } context ? context : reply.PriceContext,
                ProviderReportedCost = figures.CostUsd,
                ProviderUsage = ProviderUsage.Reduce(document.RootElement),
            };
            if (!figures.HasAny)
                return reply with { UsageQuality = figures.IsSuspect ? UsageQuality.Inconsistent : UsageQuality.Unknown };

            var (usage, quality) = TokenVector.From(figures);
            var billed = BilledPass.ToRecords(figures.Billed, ref quality);
            return reply with
            {
                Usage = usage,
                Billed = billed,
                UsageQuality = quality,
                UsageSource = reply.IsComplete ? UsageSource.Provider : UsageSource.Partial,
            };
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return reply with { ParseFailures = 1 };
        }
    }
}
