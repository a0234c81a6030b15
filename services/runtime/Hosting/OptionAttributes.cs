namespace Pipeline.Runtime.Hosting;

/// <summary>Names the configuration section that an options type is bound from, such as `Kafka` or `Gateway`.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class SectionAttribute(string name) : Attribute
{
    public string Name => name;
}

/// <summary>
/// Makes a property an option. Its default is the property's initial value; bounds come from
/// <see cref="System.ComponentModel.DataAnnotations.RangeAttribute"/> and
/// <see cref="System.ComponentModel.DataAnnotations.RequiredAttribute"/>, rules between members from
/// <see cref="System.ComponentModel.DataAnnotations.IValidatableObject"/>.
/// </summary>
/// <remarks>
/// Types: string, bool, int, long, double, decimal, <see cref="TimeSpan"/> (`00:00:25`, `200ms`, `25s`, `5m`, `12h`, `30d`),
/// <see cref="Uri"/> (absolute http or https, without user and password), <see cref="System.Net.IPEndPoint"/> (`127.0.0.1:8080`), enums (by name),
/// nested options types, IReadOnlyList and IReadOnlyDictionary (by name) of these. A member whose name ends in `File` must
/// name a readable file when it is given: that is how secrets come in, never as values.
/// </remarks>
/// <param name="meaning">One sentence for `--help` and docs/options.md.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OptionAttribute(string meaning) : Attribute
{
    public string Meaning => meaning;

    /// <summary>`bytes` also allows KiB, MiB and GiB; other units are for the reader only.</summary>
    public string? Unit { get; init; }

    /// <summary>Short form on the command line, such as `--bootstrap`; on a bool it needs no value.</summary>
    public string? Switch { get; init; }

    /// <summary>The value is never shown, not even in an error about it.</summary>
    public bool IsSecret { get; init; }
}
