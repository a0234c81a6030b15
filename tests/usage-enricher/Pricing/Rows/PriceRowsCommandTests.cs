using System.Text;
using Pipeline.UsageEnricher.JsonLines;
using Pipeline.UsageEnricher.Pricing.Rows;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Pricing.Rows;

public sealed class PriceRowsCommandTests
{
    private const string Plain = """{"id":"a","provider":"acme","model":"acme-plain","timestamp":"2026-11-20T12:00:00Z","usage":{"input_tokens":1200}}""";
    private const string PlainAnswer = """{"id":"a","provider_id":"acme","model_id":"acme-plain","input_price":"0.0024","output_price":"0","total_price":"0.0024"}""";

    [Fact]
    public void Run_OfRows_AnswersEachInOrder()
    {
        var (exitCode, lines) = Run(Plain + "\n" + Plain.Replace("\"a\"", "7") + "\n");
        Assert.Equal(0, exitCode);
        Assert.Equal([PlainAnswer, PlainAnswer.Replace("\"a\"", "7")], lines);
    }

    [Theory]
    [InlineData("nobody", "acme-plain", "{}", "provider_not_found")]
    [InlineData("acme", "nothing", "{}", "model_not_found")]
    [InlineData("acme", "acme-plain", """{"input_tokens":-1}""", "invalid_usage")]
    [InlineData("acme", "acme-plain", """{"input_tokens":"100"}""", "invalid_usage")]
    [InlineData("acme", "acme-plain", """{"input_tokens":true}""", "invalid_usage")]
    [InlineData("acme", "acme-plain", """{"input_tokens":[1]}""", "invalid_usage")]
    [InlineData("acme", "acme-plain", """{"input_tokens":1e400}""", "invalid_usage")]
    [InlineData("acme", "acme-plain", """{"input_tokens":1e23}""", "invalid_usage")]
    [InlineData("acme", "acme-cache", """{"input_tokens":1,"cache_read_tokens":2}""", "invalid_usage")]
    [InlineData("acme", "acme-plain", "null", "invalid_usage")]
    [InlineData("acme", "acme-plain", "[]", "invalid_usage")]
    [InlineData("nobody", "acme-plain", """{"cache_read_tokens":-1}""", "invalid_usage")]
    public void Run_OfRowWithoutPrice_NamesTheError(string provider, string model, string usage, string error)
    {
        var (exitCode, lines) = Run($$"""{"id":"a","provider":"{{provider}}","model":"{{model}}","timestamp":"2026-11-20T12:00:00Z","usage":{{usage}}}""");
        Assert.Equal(0, exitCode);
        Assert.Equal([$$"""{"id":"a","error":"{{error}}"}"""], lines);
    }

    [Theory]
    [InlineData("""{"input_tokens":1200,"unknown":-3,"requests":-1}""")]
    [InlineData("""{"input_tokens":1200,"output_tokens":null}""")]
    [InlineData("""{"input_tokens":1.2e3,"output_tokens":-0.0}""")]
    [InlineData("""{"input_tokens":-5,"input_tokens":1200}""")]
    public void Run_OfOddUsage_CountsWhatItKnows(string usage) =>
        Assert.Equal([PlainAnswer], Run(Plain.Replace("""{"input_tokens":1200}""", usage)).Lines);

    [Theory]
    [InlineData("")]
    [InlineData("{\"id\":\"a\"")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"id":"\ud800","provider":"acme","model":"acme-plain","timestamp":"2026-11-20","usage":{}}""")]
    [InlineData("""{"id":"a","provider":7,"model":"acme-plain","timestamp":"2026-11-20","usage":{}}""")]
    [InlineData("""{"id":"a","provider":"acme","model":null,"timestamp":"2026-11-20","usage":{}}""")]
    [InlineData("""{"id":"a","provider":"acme","model":"acme-plain","usage":{}}""")]
    [InlineData("""{"id":"a","provider":"acme","model":"acme-plain","timestamp":"yesterday","usage":{}}""")]
    [InlineData("""{"id":"a","provider":"acme","model":"acme-plain","timestamp":"2026-11-20","usage":{},"price_context":[]}""")]
    public void Run_OfLineThatIsNoRow_SaysSoAndFailsAtTheEnd(string line)
    {
        var (exitCode, lines) = Run(Plain + "\n" + (line.Length == 0 ? "nonsense" : line) + "\n" + Plain);
        Assert.Equal(1, exitCode);
        Assert.Equal([PlainAnswer, """{"line":2,"error":"invalid_row"}""", PlainAnswer], lines);
    }

    [Fact]
    public void Run_OfBlankLinesLineEndsAndByteOrderMark_ReadsTheRows()
    {
        var (exitCode, lines) = Run("\uFEFF" + Plain + "\r\n\r\n   \n" + Plain + "\r\n{");
        Assert.Equal(1, exitCode);
        Assert.Equal([PlainAnswer, PlainAnswer, """{"line":5,"error":"invalid_row"}"""], lines);
    }

    [Fact]
    public void Run_OfLineOverTheBound_LeavesOnlyItOut()
    {
        var (exitCode, lines) = Run(Plain + "\n" + new string('a', 3 * RowLines.MaxLineBytes) + "\n" + Plain + "\n" + new string('b', RowLines.MaxLineBytes + 1));
        Assert.Equal(1, exitCode);
        Assert.Equal([PlainAnswer, """{"line":2,"error":"invalid_row"}""", PlainAnswer, """{"line":4,"error":"invalid_row"}"""], lines);
    }

    [Fact]
    public void Run_WhenTheInputPauses_HasPassedOnWhatIsAnswered()
    {
        using var answers = new MemoryStream();
        var seenAtPause = 0L;
        using var rows = new PausingStream(Encoding.UTF8.GetBytes(Plain + "\n" + Plain + "\n"), () => seenAtPause = answers.Length);
        new PriceRowsCommand(TestCatalogue.Instance).Run(rows, answers);
        Assert.Equal(answers.Length, seenAtPause);
    }

    [Fact]
    public void Run_WithContext_TakesTheVariant()
    {
        var row = """{"id":"a","provider":"acme","model":"acme-variants","timestamp":"2026-11-20T12:00:00Z","usage":{"input_tokens":1000000},"price_context":{"service_tier":"flex","x":1}}""";
        Assert.Contains("\"input_price\":\"1\",\"output_price\":\"0\",\"total_price\":\"1.005\"", Run(row).Lines[0]);
        Assert.Contains("\"input_price\":\"2\"", Run(row.Replace("\"acme\"", "\"reseller\"")).Lines[0]);
        Assert.Contains("\"input_price\":\"2\"", Run(row.Replace("\"flex\"", "null")).Lines[0]);
    }

    [Theory]
    [InlineData("""{"audio_seconds":0.5}""", "0.001", "0")]
    [InlineData("""{"audio_seconds":11}""", "0.0011", "0")]
    [InlineData("""{"input_audio_seconds":2}""", "0.001", "0.001")]
    [InlineData("""{"audio_seconds":0,"input_audio_seconds":20}""", "0.002", "0.002")]
    [InlineData("""{"audio_seconds":0}""", "0", "0")]
    [InlineData("{}", "0", "0")]
    public void Run_OfShortRecording_ChargesTenSeconds(string usage, string total, string input)
    {
        var line = Run($$"""{"provider":"groq","model":"whisper-large-v3","timestamp":"2026-11-20","usage":{{usage}}}""").Lines[0];
        Assert.Contains($"\"total_price\":\"{total}\"", line);
        if (input != "0") Assert.Contains($"\"input_price\":\"{input}\"", line);
        Assert.StartsWith("{\"id\":null,", line);
    }

    private static (int ExitCode, string[] Lines) Run(string input)
    {
        using var rows = new MemoryStream(Encoding.UTF8.GetBytes(input));
        using var answers = new MemoryStream();
        var exitCode = new PriceRowsCommand(TestCatalogue.Instance).Run(rows, answers);
        return (exitCode, Lines.Of(answers));
    }

    private sealed class PausingStream(byte[] bytes, Action atPause) : MemoryStream(bytes)
    {
        private int _reads;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (++_reads > 1) atPause();
            return base.Read(buffer, offset, count);
        }
    }
}
