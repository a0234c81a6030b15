using System.Text.Json;
using Pipeline.GatewayEdge.Explaining;
using Pipeline.GatewayEdge.Metering;
using Pipeline.GatewayEdge.Tests.Metering;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Explaining;

/// <summary>`gateway-edge explain` over files: what it prints, beside what an independent reading says.</summary>
public sealed class ExplainTests
{
    private static readonly string[] Members =
    [
        "id", "provider", "api", "request_model", "response_model", "usage_present", "usage", "parts", "usage_source", "usage_quality", "billed",
        "reported_cost_usd", "finish_reasons", "error", "service_tier", "web_search_requests", "stream_complete",
    ];

    /// <summary>Figures that are no subset of another: null and 0 differ.</summary>
    private static readonly HashSet<string> Totals = ["input_tokens", "output_tokens", "total_tokens_reported"];

    [Theory]
    [MemberData(nameof(Recordings.AllIds), MemberType = typeof(Recordings))]
    public void Recording_Explained_AgreesWithTheIndependentReading(string id)
    {
        var recording = Recordings.Get(id);
        var line = Line(recording.Exchange);

        Assert.Equal(Members, line.EnumerateObject().Select(member => member.Name));
        Assert.Equal(recording.Expected.GetProperty("usage").EnumerateObject().Select(member => member.Name), line.GetProperty("usage").EnumerateObject().Select(member => member.Name));
        if (recording.IsStrict)
            Assert.Empty(Differences(recording.Expected, line));
    }

    [Theory]
    [MemberData(nameof(OwnFixtures.Names), MemberType = typeof(OwnFixtures))]
    public void OwnFixture_Explained_SaysWhatItMust(string name)
    {
        var line = Line(OwnFixtures.Exchange(name));

        foreach (var member in OwnFixtures.Expected(name).EnumerateObject())
        {
            var said = line.GetProperty(member.Name);
            if (member.Name is not ("usage" or "parts") || member.Value.ValueKind != JsonValueKind.Object)
                Assert.Equal((member.Name, Compact(member.Value)), (member.Name, Compact(said)));
            else
                Assert.All(member.Value.EnumerateObject(), part => Assert.Equal((part.Name, part.Value.GetRawText()), (part.Name, said.GetProperty(part.Name).GetRawText())));
        }
    }

    [Fact]
    public void Files_OneUnreadable_HasItsOwnLineInOrderAndTheExitCode()
    {
        var good = OwnFixtures.Files().First();
        var broken = Path.GetTempFileName();
        File.WriteAllText(broken, """{"id":"x","request":{}}""");
        var output = new StringWriter();

        var exitCode = ExplainProgram.Run([good, "/no/such/file.json", broken, good], output, TextWriter.Null);
        File.Delete(broken);

        var lines = output.ToString().TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(1, exitCode);
        Assert.Equal(4, lines.Length);
        Assert.Equal("/no/such/file.json", lines[1].GetProperty("file").GetString());
        Assert.Contains("response", lines[2].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(lines[0].GetRawText(), lines[3].GetRawText());
        Assert.Equal(0, ExplainProgram.Run([good], TextWriter.Null, TextWriter.Null));
        Assert.Equal(2, ExplainProgram.Run([], TextWriter.Null, TextWriter.Null));
    }

    private static JsonElement Line(RecordedExchange exchange) =>
        JsonDocument.Parse(ExplainedLine.Of(ExplainedExchange.Of(exchange, new ReplyMeter()))).RootElement;

    private static IEnumerable<string> Differences(JsonElement expected, JsonElement line)
    {
        foreach (var name in new[] { "id", "provider", "api", "request_model", "response_model", "usage_present", "finish_reasons", "error", "service_tier" })
        {
            // Null = the independent reading does not tell: it leaves out the tier of Gemini's interactions, which their bodies name.
            if (name == "service_tier" && expected.GetProperty(name).ValueKind == JsonValueKind.Null)
                continue;

            if (Compact(expected.GetProperty(name)) != Compact(line.GetProperty(name)))
                yield return $"{name}: {Compact(line.GetProperty(name))}, expected {Compact(expected.GetProperty(name))}";
        }

        foreach (var count in expected.GetProperty("usage").EnumerateObject())
        {
            // So too with subsets: it does not read the modalities of Gemini's embeddings, which are priced apart.
            var (said, wanted) = (Number(line.GetProperty("usage").GetProperty(count.Name)), Number(count.Value));
            if (Totals.Contains(count.Name) ? said != wanted : wanted is not null && (said ?? 0) != wanted)
                yield return $"usage.{count.Name}: {said}, expected {wanted}";
        }

        if (Compact(expected.GetProperty("billed")) != Compact(line.GetProperty("billed")))
            yield return $"billed: {Compact(line.GetProperty("billed"))}, expected {Compact(expected.GetProperty("billed"))}";
        if ((Number(line.GetProperty("web_search_requests")) ?? 0) != (Number(expected.GetProperty("web_search_requests")) ?? 0))
            yield return "web_search_requests";
        if (Money(line.GetProperty("reported_cost_usd")) != Money(expected.GetProperty("reported_cost_usd")))
            yield return $"reported_cost_usd: {line.GetProperty("reported_cost_usd")}";

        var stream = expected.GetProperty("stream");
        var complete = stream.ValueKind == JsonValueKind.Object ? stream.GetProperty("complete").GetRawText() : "null";
        if (complete != line.GetProperty("stream_complete").GetRawText())
            yield return $"stream_complete: {line.GetProperty("stream_complete")}, expected {complete}";
    }

    private static string Compact(JsonElement value) => JsonSerializer.Serialize(value);

    private static decimal? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDecimal() : null;

    private static decimal? Money(JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? decimal.Parse(value.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : null;
}
