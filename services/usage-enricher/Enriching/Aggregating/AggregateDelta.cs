using Pipeline.Schemas;

namespace Pipeline.UsageEnricher.Enriching.Aggregating;

/// <summary>Sum over the events of one minute and tuple.</summary>
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
        _listTotal + (cost.ListTotal ?? 0) <= MaxTotal && _netTotal + (cost.NetTotal ?? 0) <= MaxTotal && _impacts.HasRoom;

    public void Add(LLMUsageAudit call, Cost cost, Impact impact)
    {
        _calls++;
        if (call.Outcome != Outcome.Ok) _errorCalls++;
        _durationUs += Measure(call.DurationUs);
        _requestBytes += Measure(call.RequestBytes);
        _responseBytes += Measure(call.ResponseBytes);
        _listTotal += cost.ListTotal ?? 0;
        _netTotal += cost.NetTotal ?? 0;
        _impacts.Add(impact);

        // The tokens of a repeated answer are in its own call's event.
        if (call.Usage is { } usage && !Billing.IsRepeat(call, cost)) Add(usage);
    }

    private void Add(TokenUsage usage)
    {
        _inputTotal += Count(usage.InputTotal);
        _outputTotal += Count(usage.OutputTotal);
        _inputUncached += Count(usage.InputUncached);
        _cacheRead += Count(usage.CacheRead);
        _cacheWrite += Count(usage.CacheWrite);
        _cacheWrite5m += Count(usage.CacheWrite5m);
        _cacheWrite1h += Count(usage.CacheWrite1h);
        _inputAudio += Count(usage.InputAudio);
        _inputImage += Count(usage.InputImage);
        _inputVideo += Count(usage.InputVideo);
        _toolUsePrompt += Count(usage.ToolUsePrompt);
        _outputText += Count(usage.OutputText);
        _reasoning += Count(usage.Reasoning);
        _outputAudio += Count(usage.OutputAudio);
        _outputImage += Count(usage.OutputImage);
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
