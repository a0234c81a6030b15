using Pipeline.Runtime.Registry;

namespace Pipeline.Simulation.Tests.World;

/// <summary>The schema registry, which may be away for a while.</summary>
internal sealed class SimulatedRegistry(VirtualTime time) : ISchemaRegistry
{
    private readonly FileSchemaRegistry _registry = new(null);

    public DateTimeOffset AwayUntil { get; set; }

    public RegistryAnswer<int> Register(string subject, string schemaJson, CancellationToken stop) =>
        IsAway ? Away<int>() : _registry.Register(subject, schemaJson, stop);

    public RegistryAnswer<int> LookUp(string subject, string schemaJson, CancellationToken stop) =>
        IsAway ? Away<int>() : _registry.LookUp(subject, schemaJson, stop);

    public RegistryAnswer<string> ReadSchema(int id, CancellationToken stop) => IsAway ? Away<string>() : _registry.ReadSchema(id, stop);

    private bool IsAway => time.Now < AwayUntil;

    private static RegistryAnswer<T> Away<T>() => RegistryAnswer<T>.Failed(RegistryOutcome.Unreachable, "the registry is away");
}
