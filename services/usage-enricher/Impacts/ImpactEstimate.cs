namespace Pipeline.UsageEnricher.Impacts;

/// <summary>Impacts of one request in one scenario: kWh, kg CO2e, kg Sb eq, MJ, L. All energy and water is of the usage.</summary>
internal readonly record struct ScenarioImpacts(
    double Energy,
    double UsageGwp,
    double UsageAdpe,
    double UsagePe,
    double Wcf,
    double EmbodiedGwp,
    double EmbodiedAdpe,
    double EmbodiedPe)
{
    public double Gwp => UsageGwp + EmbodiedGwp;
    public double Adpe => UsageAdpe + EmbodiedAdpe;
    public double Pe => UsagePe + EmbodiedPe;
}

/// <summary>Impacts of one request in the lower and in the upper scenario.</summary>
internal readonly record struct ImpactEstimate(ScenarioImpacts Low, ScenarioImpacts High)
{
    public ScenarioRange Energy => new(Low.Energy, High.Energy);
    public ScenarioRange Gwp => new(Low.Gwp, High.Gwp);
    public ScenarioRange Adpe => new(Low.Adpe, High.Adpe);
    public ScenarioRange Pe => new(Low.Pe, High.Pe);
    public ScenarioRange Wcf => new(Low.Wcf, High.Wcf);
    public ScenarioRange UsageGwp => new(Low.UsageGwp, High.UsageGwp);
    public ScenarioRange UsageAdpe => new(Low.UsageAdpe, High.UsageAdpe);
    public ScenarioRange UsagePe => new(Low.UsagePe, High.UsagePe);
    public ScenarioRange EmbodiedGwp => new(Low.EmbodiedGwp, High.EmbodiedGwp);
    public ScenarioRange EmbodiedAdpe => new(Low.EmbodiedAdpe, High.EmbodiedAdpe);
    public ScenarioRange EmbodiedPe => new(Low.EmbodiedPe, High.EmbodiedPe);

    public bool IsFinite => Energy.IsFinite && Gwp.IsFinite && Adpe.IsFinite && Pe.IsFinite && Wcf.IsFinite;
}
