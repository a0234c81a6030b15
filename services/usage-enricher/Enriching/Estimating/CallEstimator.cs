using System.Diagnostics.CodeAnalysis;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Impacts;
using ImpactRange = Pipeline.Schemas.Range;

namespace Pipeline.UsageEnricher.Enriching.Estimating;

/// <summary>
/// What a call took of energy and environment, and how that came about. Never throws over what an event holds, and never says 0
/// for what it does not know; see docs/decisions/0006-impacts-of-calls.md. Not for use by two threads.
/// </summary>
internal sealed class CallEstimator
{
    private const double MicrosecondsPerSecond = 1e6;

    /// <summary>Warnings of a model and a zone together that are remembered; past it all are made anew.</summary>
    private const int MaxRemembered = 4096;

    /// <summary>Beginnings of operations on other media: the method takes its listed models like text, by output tokens.</summary>
    private static readonly string[] MediaOperations = ["image", "audio", "speech", "transcription", "translation"];

    private readonly Dictionary<(FoundModel Model, string Zone), IReadOnlyList<string>> _warnings = [];

    private ModelMatch _models;
    private ZoneChoice _zones;
    private GridChoice _grid;
    private Impact _notText, _invalidInput, _unknownModel, _unknownZone;

    public CallEstimator(ImpactInputs inputs) => Use(inputs);

    /// <param name="operatorZone">Zone of every call; null = the region's, else the provider's.</param>
    public CallEstimator(ImpactData data, string? operatorZone)
        : this(new ImpactInputs(data, Zone: operatorZone))
    {
    }

    public ImpactInputs Inputs { get; private set; }

    /// <summary>Takes other inputs for the calls from here on.</summary>
    /// <exception cref="ArgumentException">The operator's zone is not in the data; options are checked before.</exception>
    [MemberNotNull(nameof(Inputs), nameof(_models), nameof(_zones), nameof(_grid), nameof(_notText), nameof(_invalidInput), nameof(_unknownModel), nameof(_unknownZone))]
    public void Use(ImpactInputs inputs)
    {
        _zones = new ZoneChoice(inputs.Data, inputs.Zone);
        _models = new ModelMatch(inputs.Data, inputs.Models);
        _grid = new GridChoice(inputs.Grid);
        _warnings.Clear();
        _notText = Without(inputs, ImpactStatus.NotText);
        _invalidInput = Without(inputs, ImpactStatus.InvalidInput);
        _unknownModel = Without(inputs, ImpactStatus.UnknownModel);
        _unknownZone = Without(inputs, ImpactStatus.UnknownZone);
        Inputs = inputs;
    }

    /// <param name="at">Event time: whose hour of electricity it is.</param>
    public Impact Estimate(LLMUsageAudit call, DateTimeOffset at)
    {
        var isText = WholeUsage.TextOperations.Contains(call.Operation);
        if ((!isText && !IsOfMedia(call.Operation)) || Billing.IsRepeat(call)) return _notText;
        var found = _models.Find(call);
        if (!isText && found is null) return _notText;
        if (call.DurationUs < 0 || OutputTokens(call.Usage) is not { } tokens) return _invalidInput;
        if (found is null) return _unknownModel;

        var (annual, zoneSource) = _zones.Of(call, found.Centre);
        if (annual is null) return _unknownZone;

        var use = _grid.Of(zoneSource == ZoneChoice.FromRegion ? call.Region : null, annual, at);
        var request = TextRequest.Of(found.Model, found.Centre, use.Mix, tokens, LatencySeconds(call));
        var estimate = found.Formulas.Estimate(request, out var isCapped);
        return ImpactUnits.CanHold(estimate) ? ToImpact(call, found, estimate, use, zoneSource, isCapped) : _invalidInput;
    }

    private static bool IsOfMedia(string operation)
    {
        foreach (var beginning in MediaOperations)
            if (operation.StartsWith(beginning, StringComparison.Ordinal)) return true;
        return false;
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

    private static Impact Without(ImpactInputs inputs, ImpactStatus status) =>
        new() { Status = status, Method = ImpactData.Method, Version = inputs.Version };

    private Impact ToImpact(LLMUsageAudit call, FoundModel found, in ImpactEstimate estimate, in GridUse use, string zoneSource, bool isCapped)
    {
        var energy = ToRange(estimate.Energy);
        var wcf = ToRange(estimate.Wcf);
        return new Impact
        {
            Status = ImpactStatus.Estimated,
            Method = ImpactData.Method,
            Version = Inputs.Version,
            Zone = use.Mix.Zone,
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
            ModelKey = found.Key,
            ModelMatch = found.Match,
            GridSource = use.Source,
            GridHour = use.Hour,
            GridGwp = use.Mix.Gwp,
            LatencyCapped = isCapped,
            NotCounted = NotCounted.Of(call),
            Warnings = WarningsOf(found, use.Mix),
        };
    }

    /// <summary>Those of the model before those of the zone, each once.</summary>
    private IReadOnlyList<string> WarningsOf(FoundModel found, ElectricityMix mix)
    {
        if (_warnings.TryGetValue((found, mix.Zone), out var known)) return known;
        if (_warnings.Count >= MaxRemembered) _warnings.Clear();
        return _warnings[(found, mix.Zone)] = [.. found.Model.Warnings.Union(mix.Warnings)];
    }

    private static ImpactRange ToRange(ScenarioRange range) => new() { Min = range.Min, Max = range.Max };
}
