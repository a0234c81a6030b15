using System.Text.RegularExpressions;
using Pipeline.Docs;
using Pipeline.GatewayEdge;
using Pipeline.GatewayEdge.Attribution;
using Pipeline.GatewayEdge.Metering;

namespace Pipeline.Infra.Tests.Docs;

/// <summary>One page of docs/sdks: what it says of the gateway against what the gateway does.</summary>
internal sealed partial record SdkPage(string Name, string Text)
{
    public const string Folder = "docs/sdks";

    public static IReadOnlyList<SdkPage> ReadAll() =>
        [.. Directory.GetFiles(Repository.PathOf(Folder), "*.md").Order(StringComparer.Ordinal).Select(static file => new SdkPage(Path.GetFileName(file), File.ReadAllText(file)))];

    /// <summary>The lines of its blocks marked env.</summary>
    public IReadOnlyDictionary<string, string> Environment =>
        EnvironmentBlock().Matches(Text).SelectMany(static block => block.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(static line => line.Split('=', 2)).DistinctBy(static pair => pair[0]).ToDictionary(static pair => pair[0], static pair => pair[1]);

    public IEnumerable<string> Findings()
    {
        foreach (var unknown in OptionRules.Unknown(Environment.Keys)) yield return $"{Name}: {unknown} is no option";
        var kinds = Environment.Where(static variable => variable.Key.EndsWith("__Api", StringComparison.Ordinal)).ToDictionary(static variable => variable.Key.Split("__")[2], static variable => variable.Value);
        foreach (var (upstream, kind) in kinds)
            if (!ApiFamilies.ApiKinds.Contains(kind)) yield return $"{Name}: upstream {upstream} is of kind {kind}, which the gateway does not know";

        foreach (Match call in Call().Matches(Text))
        {
            var (upstream, path) = (call.Groups["upstream"].Value, call.Groups["path"].Value);
            if (!kinds.TryGetValue(upstream, out var kind)) yield return $"{Name}: {call.Value} goes to {upstream}, which the page does not configure";
            else if (ApiFamilies.ApiKinds.Contains(kind) && !ApiFamilies.Match(kind, "POST", path).Family.IsMetered) yield return $"{Name}: {call.Value} is not metered";
        }

        foreach (Match address in Address().Matches(Text))
            if (!kinds.ContainsKey(address.Groups["upstream"].Value) && Name != "README.md") yield return $"{Name}: {address.Value} leads to an upstream that the page does not configure";
        foreach (Match header in Header().Matches(Text))
            if (!IsKnown(header.Groups["name"].Value)) yield return $"{Name}: the gateway does not read {header.Value}";
        foreach (Match header in ReplyHeader().Matches(Text))
            if (header.Value != new GatewayOptions().RequestIdHeader) yield return $"{Name}: no reply has {header.Value}";
        var options = OptionsPage.Text();
        foreach (Match option in Option().Matches(Text))
            if (!options.Contains($"`{option.Value}`", StringComparison.Ordinal) && !options.Contains($"`{option.Value}:<", StringComparison.Ordinal)) yield return $"{Name}: {option.Value} is no option";
    }

    private static bool IsKnown(string name)
    {
        var headers = default(CallerHeaders);
        headers.Take(name, "x");
        return headers != default;
    }

    [GeneratedRegex("```env\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex EnvironmentBlock();

    [GeneratedRegex(@"`POST /(?<upstream>[\w.-]+)(?<path>/[^`]*)`")]
    private static partial Regex Call();

    [GeneratedRegex(@"http://gateway:8080/(?<upstream>[\w.-]+)")]
    private static partial Regex Address();

    [GeneratedRegex(@"\bx-llm-(?<name>[a-z][a-z-]*)")]
    private static partial Regex Header();

    [GeneratedRegex(@"\bx-llmops-[a-z-]+")]
    private static partial Regex ReplyHeader();

    [GeneratedRegex(@"\bGateway:[\w<>]+(:[\w<>]+)*")]
    private static partial Regex Option();
}
