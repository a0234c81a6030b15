using System.Globalization;
using System.Text.Json;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Pricing.Rows;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Pricing.Rows;

public sealed class GoldenRowsTests
{
    private const decimal Tolerance = 1e-12m;

    [Fact]
    public void Price_OfEveryGoldenRow_AgreesWithTheOracle()
    {
        var golden = TestData.Path("prices/golden.jsonl");
        using var rows = File.OpenRead(golden);
        using var answers = new MemoryStream();
        Assert.Equal(0, new PriceRowsCommand(CatalogueFiles.Embedded).Run(rows, answers));

        var expected = File.ReadAllLines(golden).Where(line => line.Length > 0).Select(Parse).ToArray();
        var actual = Lines.Of(answers).Select(Parse).ToArray();
        Assert.Equal(expected.Length, actual.Length);
        Assert.NotEmpty(expected);
        var differences = expected.Zip(actual).Where(pair => !Agrees(pair.First, pair.Second)).Select(pair => $"{pair.First} ≠ {pair.Second}");
        Assert.Empty(differences);
    }

    private static bool Agrees(JsonElement row, JsonElement answer)
    {
        var expected = row.GetProperty("expected");
        if (row.GetProperty("id").GetString() != answer.GetProperty("id").GetString()) return false;
        if (expected.TryGetProperty("error", out var error))
            return answer.TryGetProperty("error", out var said) && said.GetString() == error.GetString();
        return !answer.TryGetProperty("error", out _)
            && expected.GetProperty("provider_id").GetString() == answer.GetProperty("provider_id").GetString()
            && expected.GetProperty("model_id").GetString() == answer.GetProperty("model_id").GetString()
            && IsNear(expected, answer, "input_price") && IsNear(expected, answer, "output_price") && IsNear(expected, answer, "total_price");
    }

    private static bool IsNear(JsonElement expected, JsonElement answer, string name)
    {
        var (wanted, found) = (Number(expected.GetProperty(name)), Number(answer.GetProperty(name)));
        return Math.Abs(wanted - found) <= Math.Abs(wanted) * Tolerance;
    }

    private static decimal Number(JsonElement json) => decimal.Parse(json.GetString()!, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;
}
