using System.ComponentModel.DataAnnotations;
using Pipeline.Runtime.Hosting;

namespace Pipeline.AllInOne;

/// <summary>Where all-in-one keeps its data, and its demo.</summary>
[Section("AllInOne")]
public sealed class AllInOneOptions
{
    [Option("Folder of everything that is kept between runs: log, schemas, spool, the demo's count.", Switch = "--data")]
    [Required]
    public string Data { get; init; } = "./data";

    [Option("Make demo calls through the gateway and show what they cost.", Switch = "--demo")]
    public bool Demo { get; init; }

    [Option("Demo calls each second.")]
    [Range(1, 200)]
    public int DemoCallsPerSecond { get; init; } = 5;

    [Option("Seed of the demo's calls and of the demo providers' figures.")]
    public int DemoSeed { get; init; } = 1;

    [Option("Pause between the frames of a demo provider's stream.")]
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan DemoFrameDelay { get; init; } = TimeSpan.FromMilliseconds(20);
}
