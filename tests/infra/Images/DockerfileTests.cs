using System.Text.RegularExpressions;
using Pipeline.Infra.Tests.Kubernetes;
using Xunit;

namespace Pipeline.Infra.Tests.Images;

public sealed partial class DockerfileTests
{
    public static TheoryData<string> Services => [.. ServicePrograms.Names];

    [Theory, MemberData(nameof(Services))]
    public void Dockerfile_AsCommitted_IsWhole(string service)
    {
        var findings = Findings(service, Repository.Read(Dockerfile.PathOf(service))).ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    /// <summary>What is changed in the gateway's file into what, and what the finding must mention.</summary>
    public static TheoryData<string, string, string> Faults => new()
    {
        { "aspnet:10.0-noble-chiseled", "aspnet:10.0-noble", "shell" },
        { "sdk:10.0-noble", "sdk:9.0-noble", "9.0" },
        { "USER 1654:1654\n", "", "user" },
        { "USER 1654:1654\n", "USER app\n", "user" },
        { "--chown=1654:1654 ", "", "belong" },
        { "COPY services/runtime services/runtime\n", "", "services/runtime" },
        { "COPY schemas schemas\n", "COPY schema schema\n", "schema" },
        { "Directory.Packages.props ", "", "Directory.Packages.props" },
        { "ENTRYPOINT [\"/app/gateway-edge\"]", "ENTRYPOINT /app/gateway-edge", "shell" },
        { "ENTRYPOINT [\"/app/gateway-edge\"]", "ENTRYPOINT [\"/app/gateway\"]", "gateway-edge" },
        { "EXPOSE 8080 8091", "EXPOSE 8080", "8091" },
        { "Admin__Address=0.0.0.0:8091", "Admin__Addres=0.0.0.0:8091", "Admin__Addres" },
        { "EXPOSE", "HEALTHCHECK CMD curl localhost\nEXPOSE", "shell" },
        { "EXPOSE", "RUN useradd x\nEXPOSE", "shell" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Dockerfile_SeededFault_IsFound(string from, string to, string mentioned)
    {
        var clean = Repository.Read(Dockerfile.PathOf("gateway-edge"));
        var text = clean.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(clean, text);
        Assert.Contains(Findings("gateway-edge", text), finding => finding.Contains(mentioned, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Findings(string service, string text)
    {
        var file = Dockerfile.Parse(text);
        var sdk = SdkVersion().Match(Repository.Read("global.json")).Groups[1].Value;
        foreach (var stage in file.Stages)
            if (!stage[0].Text.Contains($":{sdk}-", StringComparison.Ordinal)) yield return $"{stage[0].Text}: is not of version {sdk}";
        foreach (var finding in BuildFindings(service, file.Build)) yield return finding;

        var final = file.Final;
        if (!final[0].Text.EndsWith("-chiseled", StringComparison.Ordinal)) yield return "the image has a shell and a package manager";
        foreach (var word in new[] { "RUN", "HEALTHCHECK", "CMD", "SHELL" })
            if (final.Any(instruction => instruction.Word == word)) yield return $"{word} needs a shell, the image has none";
        if (Dockerfile.Of(final, "USER") is not "1654:1654") yield return "the user is not given by number, or is root";
        if (final.Any(static copy => copy.Word == "COPY" && copy.Target != "." && !copy.Text.Contains("--chown=1654:1654", StringComparison.Ordinal)))
            yield return "a folder to write to does not belong to the user";
        var entry = Dockerfile.Of(final, "ENTRYPOINT");
        if (entry?.StartsWith('[') != true) yield return "ENTRYPOINT needs a shell, the image has none";
        else if (entry != $"[\"/app/{service}\"]") yield return $"ENTRYPOINT is not /app/{service}";

        var environment = (Dockerfile.Of(final, "ENV") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(static pair => pair.Split('=', 2))
            .ToDictionary(static pair => pair[0], static pair => pair[1]);
        foreach (var unknown in OptionRules.Unknown(environment.Keys)) yield return $"{unknown} is no option";
        var workload = Rendered.Of(Rendered.Base).Services.Single(workload => workload.Name == service);
        foreach (var port in workload.Containers.SelectMany(static container => container["ports"].Items()).Select(static port => port["containerPort"].Text()!))
        {
            if (!(Dockerfile.Of(final, "EXPOSE") ?? "").Split(' ').Contains(port)) yield return $"port {port} is not exposed";
            if (!environment.Values.Contains($"0.0.0.0:{port}")) yield return $"nothing listens on port {port}";
        }
    }

    /// <summary>What the project and its references need is copied.</summary>
    private static IEnumerable<string> BuildFindings(string service, IReadOnlyList<Instruction> build)
    {
        var copied = build.Where(static instruction => instruction.Word == "COPY").SelectMany(static copy => copy.Sources).ToHashSet();
        foreach (var source in copied)
            if (!Path.Exists(Repository.PathOf(source))) yield return $"COPY {source}: is missing";
        var needed = new HashSet<string> { "global.json", "Directory.Build.props", "Directory.Packages.props", ".editorconfig" };
        Close(Repository.PathOf(ServicePrograms.ProjectOf(service)));
        foreach (var place in needed)
            if (!copied.Contains(place)) yield return $"{place} is needed and not copied";
        if (!build.Any(run => run.Word == "RUN" && run.Text.StartsWith($"dotnet publish {ServicePrograms.ProjectOf(service)} --configuration Release --output /publish", StringComparison.Ordinal)))
            yield return "the project is not published";

        void Close(string project)
        {
            var folder = Path.GetDirectoryName(project)!;
            needed.Add(Path.GetRelativePath(Repository.Root, folder));
            foreach (Match reference in Reference().Matches(File.ReadAllText(project))) Close(Path.GetFullPath(reference.Groups[1].Value, folder));
        }
    }

    [GeneratedRegex("\"version\": \"(\\d+\\.\\d+)")]
    private static partial Regex SdkVersion();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex Reference();
}
