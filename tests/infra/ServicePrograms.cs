using Xunit;

namespace Pipeline.Infra.Tests;

/// <summary>The four services as built.</summary>
internal static class ServicePrograms
{
    public static readonly string[] Names = ["gateway-edge", "usage-enricher", "es-sink", "budget-watcher"];

    public static string ProjectOf(string service) => Path.GetRelativePath(Repository.Root, Directory.GetFiles(Repository.PathOf("services/" + service), "Pipeline.*.csproj").Single());

    /// <summary>What the service says about its options, on both outputs.</summary>
    public static (int ExitCode, string Output) Validate(string service, string folder, IReadOnlyDictionary<string, string> environment)
    {
        var (exitCode, output, errors) = Run(service, folder, environment, "--validate");
        return (exitCode, output + errors);
    }

    public static (int ExitCode, string Output, string Errors) Run(string service, string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var program = Repository.PathOf($"services/{service}/bin/{configuration}/net10.0/{service}.dll");
        Assert.True(File.Exists(program), $"{program} is not built");
        return Repository.Run("dotnet", [program, .. arguments], folder, environment: environment);
    }
}

/// <summary>A container's files in a folder of this machine.</summary>
internal sealed class PodFiles : IDisposable
{

    public string Folder { get; } = Directory.CreateTempSubdirectory("pod-").FullName;

    public void Add(string mountPath, IEnumerable<(string Name, string Contents)> files)
    {
        Directory.CreateDirectory(Folder + mountPath);
        foreach (var (name, contents) in files) File.WriteAllText(Path.Combine(Folder + mountPath, name), Translate(contents));
    }

    /// <summary>A text whose paths are the container's, with this machine's instead.</summary>
    public string Translate(string text) => text.Replace(" /etc/", $" {Folder}/etc/", StringComparison.Ordinal) is var inside && inside.StartsWith("/etc/", StringComparison.Ordinal) ? Folder + inside : inside;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
