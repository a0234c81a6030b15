using Pipeline.Runtime.Hosting;

namespace Pipeline.Runtime.Tests.Hosting;

/// <summary>A host with given surroundings.</summary>
internal static class TestService
{
    public static ServiceHost Create(
        IReadOnlyList<string> args, StringWriter output, StringWriter errors,
        Dictionary<string, string?>? environment = null, string? workingFolder = null, int adminPort = 1) =>
        new("sample", "A sample.", args, adminPort, new ServiceSurroundings(
            environment ?? [], workingFolder ?? Path.GetTempPath(), output, errors, TimeProvider.System));

    public static (T Options, int? ExitCode, string Output, string Errors) Bind<T>(
        IReadOnlyList<string> args, Dictionary<string, string?>? environment = null, string? workingFolder = null) where T : class, new()
    {
        using StringWriter output = new() { NewLine = "\n" }, errors = new() { NewLine = "\n" };
        var service = Create(args, output, errors, environment, workingFolder);
        var options = service.Options<T>();
        return service.EndsHere(out var exitCode)
            ? (options, exitCode, output.ToString(), errors.ToString())
            : (options, null, output.ToString(), errors.ToString());
    }
}

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pipeline-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
