using Microsoft.Extensions.Configuration;

namespace Pipeline.Runtime.Hosting;

/// <summary>
/// The layers of configuration, later ones winning: appsettings.json (beside the program, then in the working folder),
/// `--config FILE`, environment variables (`Section__Key`), command line.
/// </summary>
internal sealed class ServiceConfiguration
{
    private readonly List<(string Origin, IConfigurationRoot Layer)> _named = [];
    private readonly IConfigurationRoot _all;

    public ServiceConfiguration(CommandLine commandLine, IReadOnlyDictionary<string, string?> environment, string workingFolder)
    {
        var all = new ConfigurationBuilder();
        foreach (var folder in new[] { AppContext.BaseDirectory, workingFolder }.Distinct(StringComparer.Ordinal))
        {
            var file = Path.Combine(folder, "appsettings.json");
            if (File.Exists(file)) AddFile(all, file);
        }

        if (commandLine.Take("--config") is { } given) AddFile(all, Path.GetFullPath(given, workingFolder));
        all.AddInMemoryCollection(environment
            .Where(static variable => variable.Key.Contains("__"))
            .Select(static variable => KeyValuePair.Create(variable.Key.Replace("__", ":"), variable.Value)));
        AddNamed(all, "command line", new ConfigurationBuilder().AddInMemoryCollection(commandLine.Keys).Build());
        _all = all.Build();
    }

    public List<string> Problems { get; } = [];

    public IConfigurationSection Section(string name) => _all.GetSection(name);

    public bool IsGiven(string key) => !string.IsNullOrEmpty(_all[key]);

    /// <summary>A command-line switch wins over every layer.</summary>
    public void Override(string key, string value) => _all[key] = value;

    /// <summary>Sections that files or the command line name and no one knows. The environment holds much that is not ours.</summary>
    /// <param name="ours">Sections of this service.</param>
    /// <param name="product">Sections of the product's other services: files may be shared, arguments not.</param>
    public IEnumerable<string> UnknownSections(IReadOnlyCollection<string> ours, IReadOnlyCollection<string> product)
    {
        foreach (var (origin, layer) in _named)
        foreach (var section in layer.GetChildren())
        {
            var known = origin == "command line" ? ours : [.. ours, .. product];
            if (known.Contains(section.Key, StringComparer.OrdinalIgnoreCase)) continue;
            var nearest = NearestName.Of(section.Key, known);
            yield return $"{section.Key}: unknown section in {origin}; "
                + (nearest is null ? $"known: {string.Join(", ", known.Distinct().Order())}" : $"did you mean {nearest}?");
        }
    }

    private void AddFile(ConfigurationBuilder all, string file)
    {
        try
        {
            AddNamed(all, file, new ConfigurationBuilder().AddJsonFile(file, optional: false, reloadOnChange: false).Build());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            var why = error is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : "cannot be read";
            Problems.Add($"--config: file '{file}' {why}; give a path that this process can read");
        }
        catch (Exception error) when (error is InvalidDataException or FormatException)
        {
            var line = (error.GetBaseException() as System.Text.Json.JsonException)?.LineNumber + 1;
            Problems.Add($"--config: file '{file}' is not JSON{(line is null ? "" : $" at line {line}")}; correct it");
        }
    }

    private void AddNamed(ConfigurationBuilder all, string origin, IConfigurationRoot layer)
    {
        _named.Add((origin, layer));
        all.AddConfiguration(layer);
    }
}
