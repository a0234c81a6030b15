namespace Pipeline.UsageEnricher.Impacts.Videos;

/// <summary>
/// The EcoLogits method for videos: a regression gives the seconds that a whole server worked, its power the energy.
/// <code>
///   size, frames ──(1)──► seconds ──(2) × power──► server ──(3) × PUE──► whole centre ──(4) × electricity, (5) water
///                            └──(6) share of the server's lifetime
/// </code>
/// Operations stand in the method's own order. The range is that of the server's power and of the centre's figures; percentiles of power
/// are the only measured spread that the method has.
/// </summary>
internal static class VideoFormulas
{
    private const double FramesPerSecond = 24;
    private const double PixelsPerUnit = 1000;
    private const double WattsPerKilowatt = 1000;
    private const double SecondsPerHour = 3600;

    public static ImpactEstimate Estimate(VideoModel model, in VideoRequest request, ElectricityMix mix, double lifetimeSeconds)
    {
        var seconds = Seconds(model.Regression, request);                                                    // (1)
        var (machine, centre) = (model.Machine, model.Centre);
        return new ImpactEstimate(
            Of(machine, seconds, machine.Power.Min, centre.Pue.Min, centre.Wue.Min, mix, lifetimeSeconds),
            Of(machine, seconds, machine.Power.Max, centre.Pue.Max, centre.Wue.Max, mix, lifetimeSeconds));
    }

    private static ScenarioImpacts Of(VideoMachine machine, double seconds, double watts, double pue, double wue, ElectricityMix mix, double lifetime)
    {
        var server = seconds / SecondsPerHour * (watts / WattsPerKilowatt);                                  // (2)
        var energy = pue * server;                                                                           // (3)
        var share = seconds / lifetime;                                                                      // (6)
        return new ScenarioImpacts(
            energy,
            energy * mix.Gwp,                                                                                // (4)
            energy * mix.Adpe,
            energy * mix.Pe,
            server * (wue + pue * mix.Wue),                                                                  // (5)
            share * (machine.Server.Gwp + machine.Accelerators * machine.Accelerator.Gwp),
            share * (machine.Server.Adpe + machine.Accelerators * machine.Accelerator.Adpe),
            share * (machine.Server.Pe + machine.Accelerators * machine.Accelerator.Pe));
    }

    private static double Seconds(VideoRegression by, in VideoRequest request)
    {
        var frames = Math.Truncate(request.Seconds * FramesPerSecond + 1);
        var area = request.Width * request.Height;
        var volume = area * frames / PixelsPerUnit;
        var estimated = (by.N * frames * (area * area) + by.M * volume + by.M1 * frames + by.M2 * (area * area) + by.N1 * (frames * frames) + by.N2 * (volume * volume) + by.G)
            * (request.WithAudio ? 1 : by.NonAudioWeight);
        return request.LatencySeconds is { } measured && measured < estimated ? measured : estimated;
    }
}
