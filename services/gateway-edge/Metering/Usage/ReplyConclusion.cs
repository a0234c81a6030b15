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
        var reply = new MeteredReply
        {
            FinishReasons = facts.FinishReasons.ToArray(),
            ResponseModel = BoundedText.VisibleAscii(facts.Model.Text()),
            ProviderResponseId = BoundedText.VisibleAscii(facts.ResponseId.Text()),
            ServiceTier = BoundedText.Token(facts.ServiceTier.Text()),
            Background = facts.IsBackground,
            Quantities = facts.Quantities is { } counted ? counted : FrozenDictionary<string, decimal>.Empty,
            ToolCalls = facts.ToolCalls is { } calls ? calls : FrozenDictionary<string, long>.Empty,
            ErrorType = facts.Error.Type ?? facts.Headers.ErrorType,
            ErrorCode = facts.Error.Code,
            IsErrorCodeNumber = facts.Error.IsCodeNumber,
            IsError = status >= 400 || facts.Error.IsSeen,
            TextBytes = facts.Text.IsOn ? facts.Text.Bytes : null,
            IsOutputUncounted = facts.Usage.IsOfStart,
            IsStream = isStream,
            IsComplete = reader.IsWhole(facts, isStream, transportComplete),
            HasEnded = reader.HasEnded(facts, isStream, transportComplete),
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
                Quantities = Joined(reply.Quantities, figures.Quantities),
                ProviderReportedCost = figures.CostUsd,
                Reported = figures,
                ProviderUsage = ProviderUsage.Reduce(document.RootElement),
            };
            if (!figures.HasAny)
                return WithoutTokens(reply, figures);

            var (usage, quality) = TokenVector.From(figures);
            var billed = BilledPass.ToRecords(figures.Billed, ref quality);
            return reply with
            {
                Usage = usage,
                Billed = billed,
                UsageQuality = quality,
                UsageSource = reply.HasEnded ? UsageSource.Provider : UsageSource.Partial,
            };
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return reply with { ParseFailures = 1 };
        }
    }

    /// <summary>Seconds or pages alone are reported usage all the same; a price alone is not.</summary>
    private static MeteredReply WithoutTokens(MeteredReply reply, UsageFigures figures)
    {
        if (figures.IsSuspect)
            return reply with { UsageQuality = UsageQuality.Inconsistent };

        return figures.Quantities is null
            ? reply
            : reply with { UsageQuality = UsageQuality.Consistent, UsageSource = reply.HasEnded ? UsageSource.Provider : UsageSource.Partial };
    }

    /// <summary>What the reply holds and what its usage counts go by different names.</summary>
    private static IReadOnlyDictionary<string, decimal> Joined(IReadOnlyDictionary<string, decimal> held, Dictionary<string, decimal>? counted)
    {
        if (counted is null)
            return held;

        foreach (var (name, quantity) in held)
            counted.TryAdd(name, quantity);
        return counted;
    }
}
