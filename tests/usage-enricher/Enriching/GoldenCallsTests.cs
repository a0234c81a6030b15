using System.Globalization;
using System.Text.Json;
using Pipeline.Schemas;
using Pipeline.UsageEnricher.Enriching;
using Pipeline.UsageEnricher.Pricing;
using Pipeline.UsageEnricher.Tests.Fixtures;

namespace Pipeline.UsageEnricher.Tests.Enriching;

/// <summary>Golden rows as events: the disjoint parts of a call must cost what its inclusive figures cost.</summary>
public sealed class GoldenCallsTests
{
    /// <summary>Each line item is rounded once.</summary>
    private const decimal Tolerance = 0.5e-12m * 10;

    private const int LeastRows = 150;

    private static readonly string[] Known =
    [
        "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "input_audio_tokens",
        "output_audio_tokens", "input_image_tokens", "output_image_tokens", "input_video_tokens", "output_reasoning_tokens", "web_searches",
    ];

    [Fact]
    public void Price_OfGoldenRowAsEvent_CostsTheSame()
    {
        var pricer = new CallPricer(CatalogueFiles.Embedded);
        var compared = 0;
        foreach (var line in File.ReadLines(TestData.Path("prices/golden.jsonl")))
        {
            var row = JsonDocument.Parse(line).RootElement;
            var expected = row.GetProperty("expected");
            if (expected.TryGetProperty("error", out _) || row.GetProperty("provider").ValueKind == JsonValueKind.Null) continue;
            if (row.GetProperty("usage").EnumerateObject().Any(figure => !Known.Contains(figure.Name))) continue;
            if (ToUsage(row.GetProperty("usage")) is not { } usage) continue;

            var call = Calls.Plain(usage) with
            {
                Provider = row.GetProperty("provider").GetString()!,
                ResponseModel = row.GetProperty("model").GetString(),
                RequestModel = null,
                PriceContext = row.TryGetProperty("price_context", out var context) && context.ValueKind == JsonValueKind.Object
                    ? context.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetString()!)
                    : Calls.Plain().PriceContext,
                ToolCalls = row.GetProperty("usage").TryGetProperty("web_searches", out var searches)
                    ? new Dictionary<string, long> { ["web_search"] = searches.GetInt64() }
                    : Calls.Plain().ToolCalls,
            };
            var cost = pricer.Price(call, DateTimeOffset.Parse(row.GetProperty("timestamp").GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
            var total = decimal.Parse(expected.GetProperty("total_price").GetString()!, CultureInfo.InvariantCulture);
            Assert.True(Math.Abs(total - (cost.ListTotal ?? 0)) <= Tolerance, $"{row.GetProperty("id")}: {total} ≠ {cost.ListTotal} ({cost.Status} {string.Join(' ', cost.Unpriced)})");
            compared++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{compared} rows compared");
        Assert.True(compared >= LeastRows, $"only {compared} rows could be compared");
    }

    /// <summary>Null where the parts overlap: the row does not say by how much.</summary>
    private static TokenUsage? ToUsage(JsonElement figures)
    {
        long Of(string name) => figures.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
        var (read, write, write5m, write1h) = (Of("cache_read_tokens"), Of("cache_write_tokens"), Of("cache_write_5m_tokens"), Of("cache_write_1h_tokens"));
        var (audio, image, video) = (Of("input_audio_tokens"), Of("input_image_tokens"), Of("input_video_tokens"));
        var (audioOut, imageOut, reasoning) = (Of("output_audio_tokens"), Of("output_image_tokens"), Of("output_reasoning_tokens"));
        var uncached = Of("input_tokens") - read - write - audio - image - video;
        var text = Of("output_tokens") - audioOut - imageOut - reasoning;
        if (uncached < 0 || text < 0 || write < write5m + write1h || (read + write > 0 && audio + image + video > 0)) return null;
        return new TokenUsage
        {
            InputUncached = uncached, CacheRead = read, CacheWrite = write - write5m - write1h, CacheWrite5m = write5m, CacheWrite1h = write1h,
            InputAudio = audio, InputImage = image, InputVideo = video, OutputText = text, OutputAudio = audioOut, OutputImage = imageOut, Reasoning = reasoning,
            InputTotal = Of("input_tokens"), OutputTotal = Of("output_tokens"),
        };
    }
}
