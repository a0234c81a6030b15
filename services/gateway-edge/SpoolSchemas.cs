using System.Collections.Concurrent;
using Pipeline.Runtime.Hosting;
using Pipeline.Runtime.Registry;
using Pipeline.Runtime.Log;

namespace Pipeline.GatewayEdge;

/// <summary>
/// Ids of the schemas that the spool's epochs were written with: mostly the current one, after an update also the one before.
/// </summary>
/// <param name="mayRegister">`Registry:Register`; false = they are only looked up.</param>
/// <param name="topic">The topic whose subject they stand under.</param>
internal sealed class SpoolSchemas(ISchemaRegistry registry, bool mayRegister, string topic = Topics.UsageRaw)
{
    private readonly string _subject = topic + "-value";
    private readonly ConcurrentDictionary<string, int> _ids = new(StringComparer.Ordinal);
    private volatile string? _trouble;

    /// <summary>The gateway stays ready without a registry: the spool keeps the events.</summary>
    public CheckResult Check() => _trouble is { } trouble ? CheckResult.Warning(trouble) : CheckResult.Ok;

    /// <returns>Null while the registry is away or refuses the schema; readiness says which.</returns>
    public int? IdOf(string schemaJson)
    {
        if (_ids.TryGetValue(schemaJson, out var known)) return known;
        var answer = mayRegister ? registry.Register(_subject, schemaJson, CancellationToken.None) : registry.LookUp(_subject, schemaJson, CancellationToken.None);
        _trouble = answer.IsOk ? null : answer.Message;
        return answer.IsOk ? _ids[schemaJson] = answer.Value : null;
    }
}
