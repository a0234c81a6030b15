using System.ComponentModel.DataAnnotations;
using System.Net;
using Pipeline.Runtime.Hosting;
using Xunit;

namespace Pipeline.Runtime.Tests.Hosting;

public sealed class OptionsTests
{
    public enum Engine { Kafka, Embedded }

    public sealed class NestedOptions
    {
        [Option("Address.")]
        [Required]
        public Uri? BaseAddress { get; init; }

        [Option("Headers.")]
        public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();
    }

    public sealed class BoundsOptions
    {
        [Option("Folder.")]
        public string Path { get; init; } = "./spool";

        [Option("Bound.", Unit = "bytes")]
        [Range(1024, 1L << 40)]
        public long MaxBytes { get; init; } = 4096;
    }

    [Section("Sample")]
    public sealed class SampleOptions : IValidatableObject
    {
        [Option("Brokers.", Switch = "--bootstrap")]
        public string? Bootstrap { get; init; }

        [Option("Engine.")]
        public Engine Engine { get; init; }

        [Option("Wait.")]
        [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
        public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(5);

        [Option("Least.")]
        public int Least { get; init; } = 1;

        [Option("Most.")]
        public int Most { get; init; } = 10;

        [Option("Allows it.", Switch = "--allow-it")]
        public bool AllowIt { get; init; }

        [Option("Listens.")]
        public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 1);

        [Option("Password file.")]
        public string? PasswordFile { get; init; }

        [Option("Names.")]
        public IReadOnlyList<string> Names { get; init; } = [];

        [Option("Bounds.")]
        public BoundsOptions Bounds { get; init; } = new();

        [Option("Upstreams.")]
        public IReadOnlyDictionary<string, NestedOptions> Upstreams { get; init; } = new Dictionary<string, NestedOptions>();

        public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
        {
            if (Least > Most) yield return new ValidationResult($"{Least} must not be over Most, {Most}", [nameof(Least)]);
        }
    }

    [Fact]
    public void Options_NothingGiven_AreTheirDefaults()
    {
        var run = TestService.Bind<SampleOptions>([]);

        Assert.Equal("", run.Errors);
        Assert.Equal(TimeSpan.FromSeconds(5), run.Options.Wait);
        Assert.Equal(4096, run.Options.Bounds.MaxBytes);
    }

    [Fact]
    public void Options_EveryShape_IsRead()
    {
        var run = TestService.Bind<SampleOptions>(
        [
            "--Sample:Engine", "embedded", "--Sample:Wait=90s", "--allow-it", "--bootstrap", "a:1,b:2", "--Sample:Listen", "*:8080", "--Sample:Names", "x, y",
            "--Sample:Bounds:MaxBytes", "3MiB", "--Sample:Upstreams:openai:BaseAddress", "https://api.example/v1", "--Sample:Upstreams:openai:Headers:x-one", "1",
        ]);

        Assert.Equal("", run.Errors);
        var read = run.Options;
        Assert.Equal((Engine.Embedded, TimeSpan.FromSeconds(90), true, "a:1,b:2"), (read.Engine, read.Wait, read.AllowIt, read.Bootstrap));
        Assert.Equal(new IPEndPoint(IPAddress.IPv6Any, 8080), read.Listen);
        Assert.Equal(["x", "y"], read.Names);
        Assert.Equal(3 << 20, read.Bounds.MaxBytes);
        Assert.Equal("./spool", read.Bounds.Path);
        Assert.Equal("https://api.example/v1", read.Upstreams["openai"].BaseAddress!.ToString());
        Assert.Equal("1", read.Upstreams["openai"].Headers["x-one"]);
    }

    [Fact]
    public void Map_DefaultsAndGivenNames_AreMergedMemberByMember()
    {
        var defaults = new SampleOptions
        {
            Upstreams = new Dictionary<string, NestedOptions>
            {
                ["demo"] = new() { BaseAddress = new Uri("http://demo/") },
                ["openai"] = new() { BaseAddress = new Uri("http://first/"), Headers = new Dictionary<string, string> { ["a"] = "1" } },
            },
        };
        using StringWriter output = new(), errors = new();
        var service = TestService.Create(
            ["--Sample:Upstreams:OpenAI:Headers:b", "2", "--Sample:Upstreams:mine:BaseAddress", "http://mine/"], output, errors);

        var read = service.Options(defaults);

        Assert.False(service.EndsHere(out _), errors.ToString());
        Assert.Equal(["demo", "mine", "openai"], read.Upstreams.Keys.Order());
        Assert.Equal("http://first/", read.Upstreams["openai"].BaseAddress!.ToString());
        Assert.Equal(["a", "b"], read.Upstreams["openai"].Headers.Keys.Order());
    }

    [Theory]
    [InlineData("00:01:00", 60_000)]
    [InlineData("250ms", 250)]
    [InlineData("1.5s", 1_500)]
    [InlineData("5m", 300_000)]
    public void TimeSpan_WithUnit_IsRead(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), TestService.Bind<SpanOptions>(["--Span:Wait", text]).Options.Wait);

    [Section("Span")]
    public sealed class SpanOptions
    {
        [Option("Wait.")]
        public TimeSpan Wait { get; init; }
    }

    [Fact]
    public void Options_ManyMistakes_AreAllNamedAtOnceWithExitCode2()
    {
        var run = TestService.Bind<SampleOptions>(
        [
            "--Sample:Bootstrp", "x", "--Sample:Engine", "rabbit", "--Sample:Wait", "25", "--Sample:Least", "ten", "--Sample:Listen", "nowhere",
            "--Sample:Bounds:MaxBytes", "12", "--Sample:Upstreams:a:BaseAddress", "ftp://x", "--Sample:Upstreams:b:Headers:y", "1",
            "--Sample:PasswordFile", "/no/such/file", "--Smple:Wait", "5s", "--allow-if", "--Sample:Bounds", "7",
        ]);

        Assert.Equal(2, run.ExitCode);
        foreach (var expected in new[]
        {
            "Sample:Bootstrp: unknown option; did you mean Bootstrap?",
            "Sample:Engine: 'rabbit' must be one of kafka, embedded",
            "Sample:Wait: '25' must be a time span such as",
            "Sample:Least: 'ten' must be a whole number",
            "Sample:Listen: 'nowhere' must be an address and port",
            "Sample:Bounds: takes keys below it",
            "Sample:Upstreams:a:BaseAddress: 'ftp://x' must be an absolute URL",
            "Sample:Upstreams:b:BaseAddress: is missing",
            "Sample:PasswordFile: file '/no/such/file' does not exist",
            "Smple: unknown section in command line; did you mean Sample?",
            "--allow-if: unknown argument; did you mean --allow-it?",
        }) Assert.Contains(expected, run.Errors);
    }

    [Fact]
    public void Options_OutOfRange_NamesBoundsAndUnit()
    {
        var run = TestService.Bind<SampleOptions>(["--Sample:Bounds:MaxBytes", "12", "--Sample:Wait", "2h"]);

        Assert.Contains("Sample:Bounds:MaxBytes: '12' must be between 1024 and 1099511627776 bytes", run.Errors);
        Assert.Contains("Sample:Wait: '02:00:00' must be between 00:00:01 and 01:00:00", run.Errors);
    }

    [Fact]
    public void Options_RuleBetweenMembers_IsChecked() =>
        Assert.Contains("Sample:Least: 11 must not be over Most, 10", TestService.Bind<SampleOptions>(["--Sample:Least", "11"]).Errors);

    [Fact]
    public void Url_WithPassword_IsRefusedWithoutShowingIt()
    {
        var run = TestService.Bind<SampleOptions>(["--Sample:Upstreams:a:BaseAddress", "https://me:hunter2@host/"]);

        Assert.Contains("a URL without user and password", run.Errors);
        Assert.DoesNotContain("hunter2", run.Errors);
    }

    [Fact]
    public void StrayArgument_IsAnErrorThatDoesNotRepeatIt()
    {
        var run = TestService.Bind<SampleOptions>(["hunter2"]);

        Assert.Equal(2, run.ExitCode);
        Assert.DoesNotContain("hunter2", run.Errors);
    }

    [Fact]
    public void Layers_LaterOnesWin()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "appsettings.json"), """{ "Sample": { "Least": 2, "Most": 20, "Wait": "2s", "Bootstrap": "file" } }""");
        File.WriteAllText(Path.Combine(folder.Path, "more.json"), """{ "Sample": { "Most": 30, "Wait": "3s", "Bootstrap": "config" }, "Gateway": {} }""");

        var run = TestService.Bind<SampleOptions>(
            ["--config", "more.json", "--Sample:Bootstrap", "line"],
            new() { ["Sample__Wait"] = "4s", ["Sample__Bootstrap"] = "environment", ["Sample__PasswordFile"] = "" },
            folder.Path);

        Assert.Equal("", run.Errors);
        Assert.Equal((2, 30, TimeSpan.FromSeconds(4), "line"), (run.Options.Least, run.Options.Most, run.Options.Wait, run.Options.Bootstrap));
    }

    [Fact]
    public void ConfigFile_MissingOrBroken_IsAnOptionError()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "broken.json"), "{\n  \"Sample\": { \"Least\" 2 }\n}");

        Assert.Contains("does not exist", TestService.Bind<SampleOptions>(["--config", "none.json"], null, folder.Path).Errors);
        Assert.Contains("is not JSON at line 2", TestService.Bind<SampleOptions>(["--config", "broken.json"], null, folder.Path).Errors);
    }

    [Fact]
    public void Validate_GoodOptions_SaysSoAndExits0()
    {
        var run = TestService.Bind<SampleOptions>(["--validate"]);

        Assert.Equal((0, "options ok\n"), (run.ExitCode, run.Output));
    }

    [Fact]
    public void Help_ShowsEveryOptionWithTypeDefaultAndMeaning()
    {
        var run = TestService.Bind<SampleOptions>(["--help", "--Sample:Nothing", "x"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("--Sample:Engine  (kafka | embedded, default kafka)", run.Output);
        Assert.Contains("--Sample:Wait  (time span, 00:00:01 to 01:00:00, default 00:00:05)", run.Output);
        Assert.Contains("--Sample:Bounds:MaxBytes  (bytes, 1024 to 1099511627776, default 4096)", run.Output);
        Assert.Contains("--Sample:Upstreams:<name>:BaseAddress  (URL, default none, must be given)", run.Output);
        Assert.Contains("--Sample:AllowIt, --allow-it", run.Output);
        Assert.Contains("--Shutdown:DrainTimeout", run.Output);
    }
}
