using Pipeline.Schemas;

namespace Pipeline.EsSink.Viewing;

/// <summary>
/// What one revision of one event adds to the sums, kept so that a newer revision can take it out again. Some 200 bytes.
/// </summary>
internal sealed class EventFigures
{
    /// <summary>Figures of impacts above it are no figures.</summary>
    private const double MaxImpact = 1e12;

    private const string Retrieve = "retrieve";

    private readonly ushort _tokenMask;
    private readonly long[] _tokens;

    public required GroupName Group { get; init; }
    public required ErrorName? Error { get; init; }

    public EventFigures(LlmUsage usage)
    {
        Revision = usage.Revision;
        EventTime = usage.EventTime;
        NetTotal = usage.Cost.NetTotal;
        CostStatus = usage.Cost.Status;
        Outcome = usage.Outcome;
        UsageSource = usage.UsageSource;
        UsageQuality = usage.UsageQuality;
        ImpactStatus = usage.Impact?.Status ?? ImpactStatus.Unknown;
        DurationSlot = DurationHistogram.SlotOf(usage.DurationUs);
        FirstTokenSlot = usage.TimeToFirstTokenUs is { } first ? DurationHistogram.SlotOf(first) : DurationHistogram.NoSlot;
        // The tokens and impacts of a repeated answer are in its own call's event.
        var isRepeat = usage.Cost.Status == CostStatus.AlreadyBooked || usage is { Operation: Retrieve, Background: false };
        (_tokenMask, _tokens) = isRepeat || usage.Usage is null ? ((ushort)0, []) : Pack(usage.Usage);
        if (isRepeat || usage.Impact is not { Status: ImpactStatus.Estimated, Gwp: { } gwp, Energy: { } energy }) return;
        HasImpact = IsFigure(gwp.Min) && IsFigure(gwp.Max) && IsFigure(energy.Min) && IsFigure(energy.Max);
        if (HasImpact) (GwpMin, GwpMax, EnergyMin, EnergyMax) = (gwp.Min, gwp.Max, energy.Min, energy.Max);
    }

    public int Revision { get; }
    public DateTimeOffset EventTime { get; }
    public decimal? NetTotal { get; }
    public CostStatus CostStatus { get; }
    public Outcome Outcome { get; }
    public UsageSource UsageSource { get; }
    public UsageQuality UsageQuality { get; }
    public ImpactStatus ImpactStatus { get; }
    public ushort DurationSlot { get; }
    public ushort FirstTokenSlot { get; }
    public bool HasImpact { get; }
    public double GwpMin { get; }
    public double GwpMax { get; }
    public double EnergyMin { get; }
    public double EnergyMax { get; }

    public bool IsUnpriced => CostStatus is not (CostStatus.Priced or CostStatus.Free or CostStatus.AlreadyBooked);

    public bool IsEstimated => UsageSource == UsageSource.Estimated;

    public void AddTokensTo(Span<long> sums, int sign)
    {
        for (int part = 0, next = 0; next < _tokens.Length; part++)
            if ((_tokenMask & 1 << part) != 0) sums[part] += sign * _tokens[next++];
    }

    public UsageSums ToUsageSums()
    {
        Span<long> tokens = stackalloc long[TokenParts.Figures];
        AddTokensTo(tokens, 1);
        return new UsageSums(1, tokens[TokenParts.InputTotal] + tokens[TokenParts.OutputTotal], NetTotal ?? 0, IsUnpriced ? 1 : 0);
    }

    private static (ushort Mask, long[] Tokens) Pack(TokenUsage usage)
    {
        Span<long> tokens = stackalloc long[TokenParts.Figures];
        var (mask, used) = (0, 0);
        for (var part = 0; part < TokenParts.Figures; part++)
        {
            var count = TokenParts.Counted(usage, part);
            if (count == 0) continue;
            mask |= 1 << part;
            tokens[used++] = count;
        }

        return ((ushort)mask, tokens[..used].ToArray());
    }

    private static bool IsFigure(double figure) => figure is >= 0 and <= MaxImpact;
}
