namespace Pipeline.UsageEnricher.Pricing;

/// <summary>
/// Groq bills at least 10 s of each transcription. The catalogue's format has no word for it, so it is a rule of the engine,
/// as it is in the catalogue's own package.
/// </summary>
internal static class MinimumDuration
{
    private const string Provider = "groq";
    private const decimal Seconds = 10;
    private static readonly string[] Models = ["whisper-large-v3", "whisper-large-v3-turbo"];

    /// <summary>Raises the figures of a short recording. A duration of 0 stays 0.</summary>
    public static void Apply(in CatalogueAnswer answer, UsageFigures figures)
    {
        if (answer.ChargedAs is not (Provider, { } model) || !Models.Contains(model)) return;
        if (figures.Units.ByName("audio_seconds") is not { } all || figures.Units.ByName("input_audio_seconds") is not { } input) return;

        var seconds = figures.Reported(all.Index);
        if (seconds == 0) seconds = figures.Reported(input.Index);
        if (seconds == 0) return;

        seconds = Math.Max(seconds, Seconds);
        figures.Report(all.Index, seconds);
        figures.Report(input.Index, seconds);
    }
}
