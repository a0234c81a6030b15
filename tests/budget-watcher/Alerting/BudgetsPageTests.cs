using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.BudgetWatcher.Alerting;
using Pipeline.BudgetWatcher.Rules;
using Pipeline.TestKit;

namespace Pipeline.BudgetWatcher.Tests.Alerting;

/// <summary>What docs/budgets.md shows does what it says.</summary>
public sealed partial class BudgetsPageTests
{
    private const string Id = "8d1c6f5e-0c3a-8c58-9d3a-2f1b6f9c4e10";
    private const string Body = """{"per":{"user":"Zoë"}}""";

    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "budgets.md"));

    [Fact]
    public void Example_OfTheFile_IsWithoutProblems()
    {
        var folder = Directory.CreateTempSubdirectory("pipeline-test-");
        File.WriteAllText(Path.Combine(folder.FullName, "ops.secret"), "0123456789abcdef");

        var set = BudgetsFile.Parse(Block("yaml"), Path.Combine(folder.FullName, "budgets.yaml"), out var problems);

        folder.Delete(recursive: true);
        Assert.Empty(problems);
        Assert.Equal(["team-month", "everything-day"], set.Budgets.Select(static budget => budget.Id));
    }

    [Fact]
    public void Example_OfThePost_HasTheMembersOfAnAlert()
    {
        using var shown = JsonDocument.Parse(Block("json"));
        using var sent = JsonDocument.Parse(AlertJson.Of(Alerts.Of()));

        Assert.Equal(sent.RootElement.EnumerateObject().Select(static member => member.Name), shown.RootElement.EnumerateObject().Select(static member => member.Name));
    }

    [Theory]
    [InlineData(0, "", true)]
    [InlineData(0, " ", false)]
    [InlineData(-301, "", false)]
    [InlineData(301, "", false)]
    public void CSharp_Signature_IsJudged(int secondsOff, string added, bool isSigned)
    {
        Assert.Contains(Block("csharp").Trim(), File.ReadAllText(Path.Combine(Repository.Root, "tests", "budget-watcher", "Alerting", "ReceiverSnippet.cs")));
        var (timestamp, signature) = Sign(secondsOff);

        Assert.Equal(isSigned, ReceiverSnippet.Check(Alerts.Secret, Id, timestamp, Encoding.UTF8.GetBytes(Body + added), signature));
    }

    [Theory]
    [InlineData("python3", "python", "import sys\nprint(is_signed(sys.argv[1].encode(), sys.argv[2], sys.argv[3], sys.argv[4].encode(), sys.argv[5]))", "True", "False")]
    [InlineData("node", "javascript", "const a = process.argv.slice(1); console.log(isSigned(a[0], a[1], a[2], a[3], a[4]))", "true", "false")]
    public void OtherLanguage_Signature_IsJudged(string program, string language, string call, string yes, string no)
    {
        var (timestamp, signature) = Sign(0);
        var (old, oldSignature) = Sign(-400);
        var code = Block(language) + "\n" + call;
        var key = Encoding.UTF8.GetString(Alerts.Secret);

        Assert.Equal(yes, Run(program, language, code, key, Id, timestamp, Body, signature));
        Assert.Equal(no, Run(program, language, code, key, Id, timestamp, Body + " ", signature));
        Assert.Equal(no, Run(program, language, code, key, Id, old, Body, oldSignature));
    }

    private static (string Timestamp, string Signature) Sign(int secondsOff)
    {
        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + secondsOff;
        return (time.ToString(CultureInfo.InvariantCulture), WebhookSignature.Of(Alerts.Secret, Id, time, Encoding.UTF8.GetBytes(Body)));
    }

    private static string Run(string program, string language, string code, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, [language == "python" ? "-c" : "-e", code, .. arguments]) { RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return said.Trim();
        }
        catch (Win32Exception)
        {
            Assert.Skip($"there is no {program} on this machine");
            return "";
        }
    }

    private static string Block(string language) =>
        CodeBlock().Matches(Page).Single(match => match.Groups["language"].Value == language).Groups["code"].Value;

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
