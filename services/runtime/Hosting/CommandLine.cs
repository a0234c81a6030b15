namespace Pipeline.Runtime.Hosting;

/// <summary>
/// A service's arguments: `--Section:Key VALUE` sets an option, `--switch [VALUE]` its short form, `--name=VALUE` either.
/// </summary>
internal sealed class CommandLine
{
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>Options by key, without the dashes.</summary>
    public Dictionary<string, string?> Keys { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Short forms with their dashes; "true" where no value followed.</summary>
    public Dictionary<string, string> Switches { get; } = new(StringComparer.Ordinal);

    public List<string> Problems { get; } = [];

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        var read = new CommandLine();
        for (var i = 0; i < args.Count; i++)
        {
            var name = args[i] == "-h" ? "--help" : args[i];
            if (!name.StartsWith("--", StringComparison.Ordinal) || name.Length < 3)
            {
                // Not quoted: a stray argument may be a secret meant as an option's value.
                read.Problems.Add($"argument {i + 1}: belongs to no option; options look like --Section:Key VALUE (see --help)");
                continue;
            }

            string? value = null;
            var equals = name.IndexOf('=');
            if (equals > 0) (name, value) = (name[..equals], name[(equals + 1)..]);
            else if (i + 1 < args.Count && !args[i + 1].StartsWith("--", StringComparison.Ordinal)) value = args[++i];

            if (!name.Contains(':')) read.Switches[name] = value ?? "true";
            else if (value is null) read.Problems.Add($"{name[2..]}: needs a value after {name}");
            else read.Keys[name[2..]] = value;
        }

        return read;
    }

    /// <returns>The switch's value; null when it was not given.</returns>
    public string? Take(string name)
    {
        _used.Add(name);
        return Switches.GetValueOrDefault(name);
    }

    /// <summary>Switches that no one took.</summary>
    public IEnumerable<string> Unknown() => Switches.Keys.Where(name => !_used.Contains(name));

    public IEnumerable<string> Known => _used;
}
