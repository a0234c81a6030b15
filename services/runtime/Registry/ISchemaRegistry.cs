namespace Pipeline.Runtime.Registry;

/// <summary>
/// Where schemas have their ids. Two implementations: a registry server over HTTP, and a file beside the embedded log. Calls
/// block, as the log's do; expected failures are values.
/// </summary>
public interface ISchemaRegistry
{
    /// <summary>Sets the subject to BACKWARD unless it is stricter already, registers the schema, and gives its id.</summary>
    RegistryAnswer<int> Register(string subject, string schemaJson, CancellationToken stop);

    /// <summary>The id under which the subject already has exactly this schema.</summary>
    RegistryAnswer<int> LookUp(string subject, string schemaJson, CancellationToken stop);

    /// <summary>The schema of an id.</summary>
    RegistryAnswer<string> ReadSchema(int id, CancellationToken stop);
}

/// <summary>How the registry answered.</summary>
public enum RegistryOutcome
{
    Ok,

    /// <summary>It does not have what was asked for.</summary>
    NotFound,

    /// <summary>It will not take the schema: incompatible with the subject's earlier ones, or not valid to it.</summary>
    Refused,

    /// <summary>It does not accept who is asking.</summary>
    Unauthorized,

    /// <summary>No answer, or one that says to come back: to be tried again, never a verdict on a record.</summary>
    Unreachable,
}

/// <summary>A registry's answer.</summary>
/// <param name="Value">Set when <see cref="Outcome"/> is Ok.</param>
/// <param name="Message">What went wrong, with subject and remedy; null when Ok.</param>
public readonly record struct RegistryAnswer<T>(RegistryOutcome Outcome, T? Value, string? Message)
{
    public bool IsOk => Outcome == RegistryOutcome.Ok;

    public static RegistryAnswer<T> Ok(T value) => new(RegistryOutcome.Ok, value, null);

    public static RegistryAnswer<T> Failed(RegistryOutcome outcome, string message) => new(outcome, default, message);
}
