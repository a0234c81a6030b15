namespace Pipeline.Simulation.Tests.World;

/// <summary>A guarantee does not hold: what the run was for.</summary>
internal sealed class ViolationException(string equation, string details) : Exception($"{equation}: {details}")
{
    /// <summary>The violated equation, without the ids that violate it.</summary>
    public string Equation => equation;
}
