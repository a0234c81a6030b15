using System.Text;
using System.Text.Json;
using Pipeline.UsageEnricher.Impacts.Rows;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Impacts.Rows;

public sealed class ImpactRowsCommandTests
{
    private const string Named = """{"id":"a","group":"g","provider":"acme","model":"ten","output_tokens":10,"request_latency_s":null,"zone":null,"expected":{},"resolved":null}""";

    private const string NamedAnswer =
        """{"id":"a","energy":{"min":0.2575,"max":0.2575},"gwp":{"min":5.37875,"max":5.37875},"adpe":{"min":0.116875,"max":0.116875}"""
        + ""","pe":{"min":55.075,"max":55.075},"wcf":{"min":0.90125,"max":0.90125}"""
        + ""","usage":{"energy":{"min":0.2575,"max":0.2575},"gwp":{"min":0.12875,"max":0.12875},"adpe":{"min":0.064375,"max":0.064375}"""
        + ""","pe":{"min":2.575,"max":2.575},"wcf":{"min":0.90125,"max":0.90125}}"""
        + ""","embodied":{"gwp":{"min":5.25,"max":5.25},"adpe":{"min":0.0525,"max":0.0525},"pe":{"min":52.5,"max":52.5}}""";

    private const string Own =
        """
        {"id":"a","input":{"model_active_parameter_count":10,"model_total_parameter_count":10,"output_token_count":10,"request_latency":null,"tps":null,"ttft":null,"datacenter_pue":2,"datacenter_wue":1,"mix":{"gwp":0.5,"adpe":0.25,"pe":10,"wue":3}}}
        """;

    [Fact]
    public void Run_OfNamedRow_AnswersWithWarningsAndErrors()
    {
        Assert.Equal([NamedAnswer + ""","warnings":[],"errors":[]}"""], Run(Named).Lines);
        Assert.Equal([NamedAnswer + ""","warnings":[],"errors":[]}"""], Run("""{"id":"a","provider":"acme","model":"ten","output_tokens":10}""").Lines);
    }

    [Fact]
    public void Run_OfRowWithOwnParameters_AnswersTheSameWithoutThem() => Assert.Equal([NamedAnswer + "}"], Run(Own).Lines);

    [Fact]
    public void Run_OfModelWarningAndZoneWarning_NamesEachOnceModelFirst()
    {
        var line = Run(Named.Replace("\"ten\"", "\"nick\"").Replace("\"zone\":null", "\"zone\":\"WOR\"")).Lines[0];
        Assert.EndsWith(""","warnings":["guessed","twice","world"],"errors":[]}""", line);
    }

    [Theory]
    [InlineData("acme", "Ten", "null", "model-not-registered", "Could not find model `Ten` for acme provider.")]
    [InlineData("nobody", "ten", "null", "model-not-registered", "Could not find model `ten` for nobody provider.")]
    [InlineData("acme", "eleven", "\"ZZZ\"", "model-not-registered", "Could not find model `eleven` for acme provider.")]
    [InlineData("acme", "ten", "\"aaa\"", "zone-not-registered", "Could not find electricity mix for `aaa` zone.")]
    [InlineData("acme", "ten", "\"\"", "zone-not-registered", "Could not find electricity mix for `` zone.")]
    public void Run_OfUnknownModelOrZone_AnswersOneErrorAndNoFigures(string provider, string model, string zone, string code, string message)
    {
        var (exitCode, lines) = Run($$"""{"id":7,"provider":"{{provider}}","model":"{{model}}","output_tokens":0,"zone":{{zone}}}""");
        Assert.Equal(0, exitCode);
        Assert.Equal(
            [
                """{"id":7,"energy":null,"gwp":null,"adpe":null,"pe":null,"wcf":null,"usage":null,"embodied":null,"warnings":[],"errors":[{"code":"""
                + $"\"{code}\",\"message\":\"{message}\"}}]}}",
            ],
            lines);
    }

    [Theory]
    [InlineData("\"gpu_memory\":12", 2 * 0.12 * 2 + 2 * 70.0 / 3600 * 3.6 * 2 / 2 / 4)]
    [InlineData("\"batch_size\":1,\"latency_beta\":0", 2 * (0.12 + 60.0 / 3600 * 3.6 / 2))]
    [InlineData("\"server_power\":0", 2 * 0.12)]
    [InlineData("\"gpu_energy_alpha\":0,\"gpu_energy_gamma\":0,\"server_gpu_count\":1", 2 * 70.0 / 3600 * 3.6 / 4)]
    [InlineData("\"model_quantization_bits\":null", 0.2575)]
    public void Run_OfOwnConstants_TakesThemForTheirs(string given, double energy)
    {
        var line = Run(Own.Replace("\"tps\":null", $"\"tps\":null,{given}")).Lines[0];
        Near.Equal(energy, JsonDocument.Parse(line).RootElement.GetProperty("energy").GetProperty("min").GetDouble());
    }

    [Theory]
    [InlineData("\"output_tokens\":10", "\"output_tokens\":-1", "output_tokens")]
    [InlineData("\"output_tokens\":10", "\"output_tokens\":null", "output_tokens")]
    [InlineData("\"output_tokens\":10", "\"output_tokens\":\"10\"", "output_tokens")]
    [InlineData("\"output_tokens\":10", "\"output_tokens\":true", "output_tokens")]
    [InlineData("\"output_tokens\":10", "\"output_tokens\":1e400", "output_tokens")]
    [InlineData("\"output_tokens\":10,", "", "output_tokens")]
    [InlineData("\"provider\":\"acme\"", "\"provider\":null", "provider")]
    [InlineData("\"model\":\"ten\"", "\"model\":7", "model")]
    [InlineData("\"request_latency_s\":null", "\"request_latency_s\":-0.1", "request_latency_s")]
    [InlineData("\"request_latency_s\":null", "\"request_latency_s\":[]", "request_latency_s")]
    [InlineData("\"zone\":null", "\"zone\":3", "zone")]
    public void Run_OfNamedRowThatIsWrong_NamesLineMemberAndRemedy(string right, string wrong, string member) => AssertRefused(Named.Replace(right, wrong), member);

    [Theory]
    [InlineData("\"tps\":null", "\"tps\":0", "input.tps")]
    [InlineData("\"ttft\":null", "\"ttft\":-1", "input.ttft")]
    [InlineData("\"ttft\":null", "\"ttlt\":1", "input.ttlt")]
    [InlineData("\"pe\":10,", "", "input.mix.pe")]
    [InlineData("\"pe\":10,", "\"pe\":10,\"nox\":1,", "input.mix.nox")]
    [InlineData("\"mix\":{", "\"mux\":{", "input.mux")]
    [InlineData("\"datacenter_pue\":2", "\"datacenter_pue\":{\"min\":2,\"max\":1}", "input.datacenter_pue")]
    [InlineData("\"datacenter_pue\":2", "\"datacenter_pue\":{\"min\":2}", "input.datacenter_pue")]
    [InlineData("\"datacenter_pue\":2", "\"datacenter_pue\":{\"min\":1,\"max\":2,\"mean\":1.5}", "input.datacenter_pue")]
    [InlineData("\"datacenter_pue\":2,", "", "input.datacenter_pue")]
    [InlineData("\"model_total_parameter_count\":10", "\"model_total_parameter_count\":0", "input.model_total_parameter_count")]
    [InlineData("\"output_token_count\":10", "\"output_token_count\":{\"min\":1,\"max\":2}", "input.output_token_count")]
    [InlineData("\"tps\":null", "\"tps\":null,\"batch_size\":{\"min\":4,\"max\":16}", "input.batch_size")]
    [InlineData("\"tps\":null", "\"tps\":null,\"gpu_memory\":0", "input.gpu_memory")]
    [InlineData("\"tps\":null", "\"tps\":null,\"gpu_energy_beta\":1e9", "input")]
    public void Run_OfOwnParametersThatAreWrong_NamesLineMemberAndRemedy(string right, string wrong, string member)
    {
        Assert.Contains(right, Own);
        AssertRefused(Own.Replace(right, wrong), member);
    }

    [Theory]
    [InlineData("{\"id\":\"a\"")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"id":"\ud800","provider":"\ud800","model":"ten","output_tokens":1}""")]
    public void Run_OfLineThatIsNoObject_SaysSo(string line) => AssertRefused(line, null);

    [Fact]
    public void Run_OfLineOverTheBound_LeavesOnlyItOut() => AssertRefused(new string('a', 2 * RowLines.MaxLineBytes), null);

    [Fact]
    public void Run_OfFigures_WritesThemSoThatTheyReadBack()
    {
        var line = Run(Named.Replace("10,", "3,")).Lines[0];
        var energy = JsonDocument.Parse(line).RootElement.GetProperty("energy").GetProperty("min").GetDouble();
        var data = TestImpacts.Instance;
        var model = data.FindModel("acme", "ten")!;
        Assert.Equal(
            data.Formulas.Estimate(UsageEnricher.Impacts.TextRequest.Of(model, data.CentreOf(model), data.FindMix("AAA")!, 3, null)).Energy.Min, energy);
    }

    private static void AssertRefused(string row, string? member)
    {
        var (exitCode, lines) = Run(Named + "\n" + row + "\n" + Named);
        Assert.Equal(1, exitCode);
        Assert.Equal(3, lines.Length);
        Assert.Equal(lines[0], lines[2]);
        var answer = JsonDocument.Parse(lines[1]).RootElement;
        Assert.Equal((2, "invalid_row", member), (answer.GetProperty("line").GetInt32(), answer.GetProperty("error").GetString(), answer.GetProperty("member").GetString()));
        Assert.NotEmpty(answer.GetProperty("remedy").GetString()!);
    }

    private static (int ExitCode, string[] Lines) Run(string input)
    {
        using var rows = new MemoryStream(Encoding.UTF8.GetBytes(input));
        using var answers = new MemoryStream();
        var exitCode = new ImpactRowsCommand(TestImpacts.Instance).Run(rows, answers);
        return (exitCode, Lines.Of(answers));
    }
}
