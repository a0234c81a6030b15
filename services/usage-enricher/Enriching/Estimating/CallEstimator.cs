using Pipeline.Schemas;
using Pipeline.UsageEnricher.Impacts;
using ImpactRange = Pipeline.Schemas.Range;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>
/// What a call took of energy and environment, and how that came about. Never throws over what an event holds, and never says 0
/// for what it does not know; see docs/decisions/0006-impacts-of-calls.md. Not for use by two threads.
/// </summary>
/// <param name="operatorZone">Zone of every call; null = the region's, else the provider's.</param>
internal sealed class CallEstimator(ImpactData data, string? operatorZone)
{
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>What the method is made for: replies of text, counted in tokens.</summary>
    private static readonly string[] TextOperations = ["chat", "text_completion", "generate_content", Billing.Retrieve];

    private readonly ModelMatch _models = new(data);
    private readonly ZoneChoice _zones = new(data, operatorZone);
    private readonly Impact _notText = Without(data, ImpactStatus.NotText);
    private readonly Impact _invalidInput = Without(data, ImpactStatus.InvalidInput);
    private readonly Impact _unknownModel = Without(data, ImpactStatus.UnknownModel);
    private readonly Impact _unknownZone = Without(data, ImpactStatus.UnknownZone);

    public Impact Estimate(LLMUsageAudit call)
    {
        if (!TextOperations.Contains(call.Operation) || Billing.IsRepeat(call)) return _notText;
        if (call.DurationUs < 0 || OutputTokens(call.Usage) is not { } tokens) return _invalidInput;
        if (_models.Find(call) is not { } model) return _unknownModel;

        var centre = data.CentreOf(model);
        var (mix, source) = _zones.Of(call, centre);
        if (mix is null) return _unknownZone;

        var estimate = data.Formulas.Estimate(TextRequest.Of(model, centre, mix, tokens, LatencySeconds(call)));
        return ImpactUnits.CanHold(estimate) ? ToImpact(estimate, mix.Zone, source) : _invalidInput;
    }

    /// <summary>The provider's total, else its parts. Null when nothing is known, or a count is none.</summary>
    private static double? OutputTokens(TokenUsage? usage)
    {
        if (usage is null) return null;
        var tokens = usage.OutputTotal ?? Sum(usage.OutputText, usage.Reasoning, usage.OutputAudio, usage.OutputImage);
        return tokens is >= 0 and <= CallFigures.MaxCount ? tokens : null;
    }

    private static double? Sum(params ReadOnlySpan<long?> parts)
    {
        double? sum = null;
        foreach (var part in parts)
            if (part is >= 0) sum = (sum ?? 0) + part;
            else if (part is not null) return null;
        return sum;
    }

    /// <summary>
    /// The generation took no longer than the whole call. Null = it may have: the call was broken off while the provider went on, or
    /// the answer was made before this call fetched it.
    /// </summary>
    private static double? LatencySeconds(LLMUsageAudit call) =>
        call is { Outcome: Outcome.Ok, Operation: not Billing.Retrieve, DurationUs: > 0 } ? call.DurationUs / MicrosecondsPerSecond : null;

    private static Impact Without(ImpactData data, ImpactStatus status) =>
        new() { Status = status, Method = ImpactData.Method, Version = data.Version };

    private Impact ToImpact(in ImpactEstimate estimate, string zone, string zoneSource)
    {
        var energy = ToRange(estimate.Energy);
        var wcf = ToRange(estimate.Wcf);
        return new Impact
        {
            Status = ImpactStatus.Estimated,
            Method = ImpactData.Method,
            Version = data.Version,
            Zone = zone,
            ZoneSource = zoneSource,
            Energy = energy,
            Gwp = ToRange(estimate.Gwp),
            Adpe = ToRange(estimate.Adpe),
            Pe = ToRange(estimate.Pe),
            Wcf = wcf,
            Usage = new ImpactPart
            {
                Energy = energy, Gwp = ToRange(estimate.UsageGwp), Adpe = ToRange(estimate.UsageAdpe), Pe = ToRange(estimate.UsagePe), Wcf = wcf,
            },
            Embodied = new ImpactPart
            {
                Gwp = ToRange(estimate.EmbodiedGwp), Adpe = ToRange(estimate.EmbodiedAdpe), Pe = ToRange(estimate.EmbodiedPe),
            },
        };
    }

    private static ImpactRange ToRange(ScenarioRange range) => new() { Min = range.Min, Max = range.Max };
}
