namespace Pipeline.GatewayEdge;

/// <summary>Where event ids come from: UUIDv7 of the system, or a seeded source in the simulation.</summary>
public interface IEventIds
{
    /// <summary>A UUIDv7 that no other event has.</summary>
    Guid Next(DateTimeOffset at);
}

/// <summary>Ids of the system's random source.</summary>
public sealed class RandomEventIds : IEventIds
{
    public Guid Next(DateTimeOffset at) => Guid.CreateVersion7(at);
}
