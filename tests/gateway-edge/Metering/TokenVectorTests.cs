using Pipeline.GatewayEdge.Metering;
using Pipeline.Schemas;
using Xunit;

namespace Pipeline.GatewayEdge.Tests.Metering;

public sealed class TokenVectorTests
{
    [Fact]
    public void From_MoreCachedThanInput_ClampsAndKeepsTheReport()
    {
        var (usage, quality) = TokenVector.From(new UsageFigures { Input = 10, CacheRead = 25, Output = 4, Total = 14 });

        Assert.Equal((0, 10, 25, 10), (usage.InputUncached, usage.CacheRead, usage.CachedReported, usage.InputTotal));
        Assert.Equal(UsageQuality.Inconsistent, quality);
    }

    [Fact]
    public void From_PartsThatTogetherExceedTheWhole_OverlapByTheExcess()
    {
        var (usage, quality) = TokenVector.From(new UsageFigures { Input = 20, CacheRead = 18, InputAudio = 10, Output = 4, Reasoning = 3, OutputAudio = 4, Total = 24 });

        Assert.Equal((0, 10, 2), (usage.InputUncached, usage.CacheRead, usage.InputAudio));
        Assert.Equal((0, 0, 1), (usage.OutputText, usage.Reasoning, usage.OutputAudio));
        Assert.Equal(8, usage.Overlaps["cache_read_audio"]);
        Assert.Equal(3, usage.Overlaps["reasoning_audio"]);
        Assert.Equal(UsageQuality.Consistent, quality);
    }

    [Fact]
    public void From_PartsThatCannotOverlap_AreClamped()
    {
        var (usage, quality) = TokenVector.From(new UsageFigures { Input = 10, CacheRead = 6, CacheWrite = 6 });

        Assert.Equal((0, 6, 4), (usage.InputUncached, usage.CacheRead, usage.CacheWrite));
        Assert.Equal(UsageQuality.Inconsistent, quality);
    }

    [Theory]
    [InlineData(30, 20, 10, 0, 30, UsageQuality.Consistent)]
    [InlineData(50, 20, 10, 20, 50, UsageQuality.Consistent)] // a new total without its parts
    [InlineData(25, 20, 10, 0, 25, UsageQuality.Inconsistent)]
    public void From_CacheWritesByTimeToLive_LeaveTheUntoldRest(int all, int fiveMinutes, int oneHour, int untold, int sum, UsageQuality expected)
    {
        var (usage, quality) = TokenVector.From(
            new UsageFigures { Input = all, CacheWrite = all, CacheWrite5m = fiveMinutes, CacheWrite1h = oneHour });

        Assert.Equal(untold, usage.CacheWrite);
        Assert.Equal(sum, usage.CacheWrite + usage.CacheWrite5m + usage.CacheWrite1h + usage.InputUncached);
        Assert.Equal(expected, quality);
    }

    [Fact]
    public void From_TotalThatDoesNotAddUp_IsInconsistentAndKept()
    {
        var (usage, quality) = TokenVector.From(new UsageFigures { Input = 10, Output = 4, Total = 20 });

        Assert.Equal((10, 4, 20), (usage.InputTotal, usage.OutputTotal, usage.ProviderTotal));
        Assert.Equal(UsageQuality.Inconsistent, quality);
    }

    [Fact]
    public void From_UnknownInput_KeepsPartsUnknownWhereTheyAre()
    {
        var (usage, quality) = TokenVector.From(new UsageFigures { Output = 90, Reasoning = 67, CacheRead = 5 });

        Assert.Equal((null, 5, null), (usage.InputUncached, usage.CacheRead, usage.InputTotal));
        Assert.Equal((23, 67), (usage.OutputText, usage.Reasoning));
        Assert.Null(usage.OutputAudio);
        Assert.Equal(UsageQuality.Consistent, quality);
    }

    [Fact]
    public void From_SumBeyondBelief_IsNullAndInconsistent()
    {
        var (usage, quality) = TokenVector.From(new UsageFigures { Input = TokenCount.Max + 1, CacheRead = TokenCount.Max });

        Assert.Null(usage.InputTotal);
        Assert.Equal(UsageQuality.Inconsistent, quality);
    }

    [Fact]
    public void From_AnyFigures_PartsAddUpAndAreNeverNegative()
    {
        for (var seed = 0; seed < 50_000; seed++)
        {
            var random = new Random(seed);
            long? Some(int most) => random.Next(3) == 0 ? null : random.Next(most);
            var figures = new UsageFigures
            {
                Input = Some(100), CacheRead = Some(90), CacheWrite = Some(60), CacheWrite5m = Some(30), CacheWrite1h = Some(30), InputAudio = Some(60),
                InputImage = Some(60), InputVideo = Some(60), ToolUsePrompt = Some(60), CacheReadAudio = Some(40), CacheReadImage = Some(40),
                CacheReadVideo = Some(40), Output = Some(100), Reasoning = Some(90), OutputAudio = Some(60), OutputImage = Some(60), Total = Some(200),
            };
            var (usage, _) = TokenVector.From(figures);

            ExpectedUsage.AssertDisjoint(new MeteredReply { Usage = usage });
            long?[] parts =
            [
                usage.InputUncached, usage.CacheRead, usage.CacheWrite, usage.CacheWrite5m, usage.CacheWrite1h, usage.InputAudio, usage.InputImage,
                usage.InputVideo, usage.ToolUsePrompt, usage.OutputText, usage.Reasoning, usage.OutputAudio, usage.OutputImage, .. usage.Overlaps.Values.Select(value => (long?)value),
            ];
            Assert.True(parts.All(part => part is null or >= 0), $"seed {seed}: {usage}");
            Assert.True(usage.Overlaps.Count <= 16);
        }
    }
}
