using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching.Aggregating;

/// <summary>Sum over the events of one minute and tuple, or the difference that other prices make to it.</summary>
internal sealed class AggregateDelta
{
    /// <summary>Decimal(28,12) holds less than 1e16; a sum that would pass this is written and begun anew.</summary>
    public const decimal MaxTotal = 1e15m;

    /// <summary>Durations and sizes outside 0 to this are clamped to it: 31 years in microseconds.</summary>
    private const long MaxMeasure = 1_000_000_000_000_000;

    private long _calls, _errorCalls, _durationUs, _requestBytes, _responseBytes, _inputTotal, _outputTotal;
    private long _inputUncached, _cacheRead, _cacheWrite, _cacheWrite5m, _cacheWrite1h, _inputAudio, _inputImage, _inputVideo, _toolUsePrompt;
    private long _outputText, _reasoning, _outputAudio, _outputImage;
    private decimal _listTotal, _netTotal;
    private ImpactSums _impacts;

    public bool HasRoomFor(Cost cost) =>
        Math.Abs(_listTotal) + (cost.ListTotal ?? 0) <= MaxTotal && Math.Abs(_netTotal) + (cost.NetTotal ?? 0) <= MaxTotal && _impacts.HasRoom;

    /// <param name="sign">-1 takes away what was added before, when the event is counted elsewhere from now on.</param>
    public void Add(LLMUsageAudit call, Cost cost, Impact? impact, int sign)
    {
        _calls += sign;
        if (call.Outcome != Outcome.Ok) _errorCalls += sign;
        _durationUs += sign * Measure(call.DurationUs);
        _requestBytes += sign * Measure(call.RequestBytes);
        _responseBytes += sign * Measure(call.ResponseBytes);
        AddMoney(cost, sign);
        _impacts.Add(impact, sign);

        // The tokens of a repeated answer are in its own call's event.
        if (call.Usage is { } usage && !Billing.IsRepeat(call, cost)) Add(usage, sign);
    }

    public void AddMoney(Cost cost, int sign)
    {
        _listTotal += sign * (cost.ListTotal ?? 0);
        _netTotal += sign * (cost.NetTotal ?? 0);
    }

    private void Add(TokenUsage usage, int sign)
    {
        _inputTotal += sign * Count(usage.InputTotal);
        _outputTotal += sign * Count(usage.OutputTotal);
        _inputUncached += sign * Count(usage.InputUncached);
        _cacheRead += sign * Count(usage.CacheRead);
        _cacheWrite += sign * Count(usage.CacheWrite);
        _cacheWrite5m += sign * Count(usage.CacheWrite5m);
        _cacheWrite1h += sign * Count(usage.CacheWrite1h);
        _inputAudio += sign * Count(usage.InputAudio);
        _inputImage += sign * Count(usage.InputImage);
        _inputVideo += sign * Count(usage.InputVideo);
        _toolUsePrompt += sign * Count(usage.ToolUsePrompt);
        _outputText += sign * Count(usage.OutputText);
        _reasoning += sign * Count(usage.Reasoning);
        _outputAudio += sign * Count(usage.OutputAudio);
        _outputImage += sign * Count(usage.OutputImage);
    }

    public UsageAggregate ToRecord(DateTimeOffset minute, in AttributionTuple tuple, IReadOnlyDictionary<string, string> tags) => new()
    {
        Minute = minute,
        Provider = tuple.Provider,
        ResponseModel = tuple.ResponseModel,
        Tenant = tuple.Tenant,
        Team = tuple.Team,
        User = tuple.User,
        Feature = tuple.Feature,
        Environment = tuple.Environment,
        ApiKeyId = tuple.ApiKeyId,
        Variant = tuple.Variant,
        PromptVersion = tuple.PromptVersion,
        Route = tuple.Route,
        Currency = tuple.Currency,
        CostStatus = tuple.CostStatus,
        UsageSource = tuple.UsageSource,
        Tags = tags,
        Calls = _calls,
        ErrorCalls = _errorCalls,
        DurationUs = _durationUs,
        RequestBytes = _requestBytes,
        ResponseBytes = _responseBytes,
        InputTotal = _inputTotal,
        OutputTotal = _outputTotal,
        InputUncached = _inputUncached,
        CacheRead = _cacheRead,
        CacheWrite = _cacheWrite,
        CacheWrite5m = _cacheWrite5m,
        CacheWrite1h = _cacheWrite1h,
        InputAudio = _inputAudio,
        InputImage = _inputImage,
        InputVideo = _inputVideo,
        ToolUsePrompt = _toolUsePrompt,
        OutputText = _outputText,
        Reasoning = _reasoning,
        OutputAudio = _outputAudio,
        OutputImage = _outputImage,
        ListTotal = _listTotal,
        NetTotal = _netTotal,
        EnergyMin = _impacts.Energy.Min,
        EnergyMax = _impacts.Energy.Max,
        GwpMin = _impacts.Gwp.Min,
        GwpMax = _impacts.Gwp.Max,
        AdpeMin = _impacts.Adpe.Min,
        AdpeMax = _impacts.Adpe.Max,
        PeMin = _impacts.Pe.Min,
        PeMax = _impacts.Pe.Max,
        WcfMin = _impacts.Wcf.Min,
        WcfMax = _impacts.Wcf.Max,
        ImpactCalls = _impacts.Calls,
    };

    /// <summary>What is no count is not known, and unknown counts as 0.</summary>
    private static long Count(long? count) => count is >= 0 and <= CallFigures.MaxCount ? count.Value : 0;

    private static long Measure(long measure) => Math.Clamp(measure, 0, MaxMeasure);
}
