namespace Pipeline.Simulation.Tests.World;

/// <summary>What happened, line by line: equal for equal seeds.</summary>
internal sealed class Trace(VirtualTime time)
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public void Add(string line) => _lines.Add($"{(time.Now - VirtualTime.Start).TotalSeconds,10:F3} {line}");
}
