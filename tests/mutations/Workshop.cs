using System.Diagnostics;
using Pipeline.TestKit;

namespace Pipeline.Mutations.Tests;

/// <summary>
/// A copy of the source tree in which mutations are built and tested one after the other, so that the tree itself is never touched. The
/// first build is whole; each mutation rebuilds one service and hands its assembly to the tests' folder.
/// </summary>
public sealed class Workshop : IDisposable
{
    private static readonly TimeSpan StepLimit = TimeSpan.FromMinutes(6);

    private readonly string _root = Directory.CreateTempSubdirectory("mutations-").FullName;

    private Workshop()
    {
    }

    /// <summary>Copies what git knows, with the feed's settings, builds the suites and sees them pass.</summary>
    /// <exception cref="InvalidOperationException">The untouched copy does not build or does not pass.</exception>
    public static Workshop Open(IEnumerable<Suite> suites)
    {
        var workshop = new Workshop();
        Require(Run("bash", ["-c", $"git ls-files -z | xargs -0 cp --parents -t '{workshop._root}'"], Repository.Root));
        foreach (var path in new[] { "infra/dev/feed.props", "infra/dev/feed" })
            if (Path.Exists(Path.Combine(Repository.Root, path))) Require(Run("cp", ["-r", "--parents", "-t", workshop._root, path], Repository.Root));
        foreach (var suite in suites)
        {
            Require(workshop.Build(TestsOf(suite)));
            Require(workshop.Test(suite));
        }

        return workshop;
    }

    /// <summary>Builds and tests one mutation.</summary>
    /// <returns>Null when a test failed, as it must; else what went wrong.</returns>
    public string? Try(Mutation mutation)
    {
        var path = Path.Combine(_root, mutation.File);
        var original = File.ReadAllText(path);
        try
        {
            File.WriteAllText(path, original.Replace(mutation.Original, mutation.Mutant, StringComparison.Ordinal));
            var service = string.Join('/', mutation.File.Split('/')[..2]);
            var built = Build(service);
            if (built.ExitCode != 0) return $"does not compile, so it proves nothing:\n{Tail(built.Output)}";
            Deliver(service, TestsOf(mutation.Suite));
            var tested = Test(mutation.Suite);
            return tested.ExitCode == 0 ? "no test noticed it" : null;
        }
        finally
        {
            File.WriteAllText(path, original);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string TestsOf(Suite suite) => suite switch
    {
        Suite.Metering => "tests/gateway-edge",
        Suite.Enricher => "tests/usage-enricher",
        _ => throw new ArgumentOutOfRangeException(nameof(suite)),
    };

    private (int ExitCode, string Output) Build(string folder) =>
        Run("dotnet", ["build", folder, "-c", "Release", "-nologo", "-v", "q", "-clp:NoSummary", "-nodeReuse:false", "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false"], _root);

    private void Deliver(string service, string tests)
    {
        var assembly = Path.GetFileName(service) + ".dll";
        File.Copy(Path.Combine(_root, service, "bin/Release/net10.0", assembly), Path.Combine(_root, tests, "bin/Release/net10.0", assembly), overwrite: true);
    }

    private (int ExitCode, string Output) Test(Suite suite)
    {
        var folder = Path.Combine(_root, TestsOf(suite), "bin/Release/net10.0");
        var program = Directory.GetFiles(folder, "Pipeline.*.Tests.dll").Single();
        string[] only = suite == Suite.Metering ? ["-namespace", "Pipeline.GatewayEdge.Tests.Metering", "-namespace", "Pipeline.GatewayEdge.Tests.Explaining"] : [];
        return Run("dotnet", [program, "-noColor", "-stopOnFail", .. only], _root);
    }

    private static (int ExitCode, string Output) Run(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // The copy has no neighbours: it reads the recordings where this tree does.
        start.Environment["PIPELINE_DATA"] = Environment.GetEnvironmentVariable("PIPELINE_DATA") ?? Path.GetFullPath(Path.Combine(Repository.Root, "../shared/data"));
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        // A mutation that makes the tests hang has been noticed.
        if (process.WaitForExit(StepLimit)) return (process.ExitCode, output.Result + errors.Result);
        process.Kill(entireProcessTree: true);
        return (-1, $"{program} {string.Join(' ', arguments)} took longer than {StepLimit}");
    }

    private static void Require((int ExitCode, string Output) done)
    {
        if (done.ExitCode != 0) throw new InvalidOperationException($"the untouched copy does not build and pass:\n{Tail(done.Output)}");
    }

    private static string Tail(string output) => output.Length <= 3_000 ? output : output[^3_000..];
}
