using System.Text.RegularExpressions;
using Xunit;

namespace Pipeline.Infra.Tests.Docs;

/// <summary>The pages about SDKs name what the gateway has, and their configuration starts it.</summary>
public sealed partial class SdkPagesTests
{
    public static TheoryData<string> Names => [.. SdkPage.ReadAll().Select(static page => page.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Page_AsCommitted_NamesWhatTheGatewayHas(string name)
    {
        var findings = Page(name).Findings().ToList();
        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    /// <summary>Page, what is changed into what, and what the finding must mention.</summary>
    public static TheoryData<string, string, string, string> Faults => new()
    {
        { "openai.md", "x-llm-team", "x-llm-group", "x-llm-group" },
        { "README.md", "x-llm-prompt-version", "x-llm-promptversion", "x-llm-promptversion" },
        { "README.md", "x-llmops-request-id", "x-llmops-id", "x-llmops-id" },
        { "README.md", "<name>:InjectUsage", "<name>:InjectsUsage", "InjectsUsage" },
        { "openai.md", "__InjectUsage=", "__Inject=", "__Inject is no option" },
        { "anthropic.md", "Api=anthropic", "Api=claude", "claude" },
        { "anthropic.md", "`POST /anthropic/v1/messages`", "`POST /anthropic/v1/message`", "not metered" },
        { "google-genai.md", ":generateContent`", ":generate`", "not metered" },
        { "cohere.md", "/cohere/v2/chat`", "/coral/v2/chat`", "coral" },
        { "vercel-ai-sdk.md", "gateway:8080/google/", "gateway:8080/gemini/", "gemini" },
    };

    [Theory, MemberData(nameof(Faults))]
    public void Page_SeededFault_IsFound(string name, string from, string to, string mentioned)
    {
        var clean = Page(name);
        var page = clean with { Text = clean.Text.Replace(from, to, StringComparison.Ordinal) };
        Assert.NotEqual(clean, page);
        Assert.Contains(page.Findings(), finding => finding.Contains(mentioned, StringComparison.Ordinal));
    }

    /// <summary>The built gateway judges what the pages configure.</summary>
    [Fact]
    public void Configuration_OfEveryPage_IsValid()
    {
        var (exitCode, output) = Validate([]);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = Validate([("Gateway__Upstreams__openai__Api", "opnai")]);
        Assert.Equal(2, exitCode);
        Assert.Contains("opnai", output);
    }

    [Fact]
    public void Index_HasEveryPage() =>
        Assert.Equal(Names.Select(static row => row.Data).Where(static name => name != "README.md").Order(), Link().Matches(Page("README.md").Text).Select(static link => link.Groups[1].Value).Distinct().Order());

    private static (int ExitCode, string Output) Validate((string Key, string Value)[] changes)
    {
        var environment = new Dictionary<string, string> { ["Kafka__Bootstrap"] = "kafka:9092", ["Registry__Url"] = "http://registry:8081" };
        foreach (var (key, value) in SdkPage.ReadAll().SelectMany(static page => page.Environment)) environment[key] = value;
        foreach (var (key, value) in changes) environment[key] = value;
        return ServicePrograms.Validate("gateway-edge", Path.GetTempPath(), environment);
    }

    private static SdkPage Page(string name) => SdkPage.ReadAll().Single(page => page.Name == name);

    [GeneratedRegex(@"\]\(([a-z0-9-]+\.md)\)")]
    private static partial Regex Link();
}
