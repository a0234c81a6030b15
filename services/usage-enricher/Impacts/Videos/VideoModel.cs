namespace Pipeline.UsageEnricher.Impacts.Videos;

/// <summary>A model that makes videos, with the machine and the centre that the method takes for it.</summary>
/// <param name="Name">The data's own, such as openai/sora-2-pro.</param>
/// <param name="Machine">A whole server, which makes one video at a time.</param>
internal sealed record VideoModel(string Name, VideoRegression Regression, VideoMachine Machine, DataCentre Centre);

/// <summary>Coefficients of the seconds that a video takes, by the method's names.</summary>
/// <param name="NonAudioWeight">Factor of the seconds when it is made without sound.</param>
internal sealed record VideoRegression(double N, double M, double M1, double M2, double N1, double N2, double G, double NonAudioWeight);

/// <param name="Power">Of the whole server, W: 2.5th and 97.5th percentile.</param>
/// <param name="Accelerators">How many the server has.</param>
/// <param name="Server">Making of the server without accelerators.</param>
/// <param name="Accelerator">Making of one accelerator.</param>
internal sealed record VideoMachine(ScenarioRange Power, double Accelerators, Making Server, Making Accelerator);

/// <param name="Gwp">kg CO2e.</param>
/// <param name="Adpe">kg Sb eq.</param>
/// <param name="Pe">MJ.</param>
internal readonly record struct Making(double Gwp, double Adpe, double Pe);

/// <summary>One video to be made.</summary>
/// <param name="Seconds">Length, 0 or more.</param>
/// <param name="LatencySeconds">Measured from end to end: it took no longer. Null = not measured.</param>
internal readonly record struct VideoRequest(double Width, double Height, double Seconds, bool WithAudio, double? LatencySeconds);
